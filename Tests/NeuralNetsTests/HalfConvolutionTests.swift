import CKernels
import Testing

@testable import NeuralNets

/// Convolutions with bf16 factors against the definition on rounded numbers, and against fp32 on those that were not.
@Suite(.enabled(if: HalfConvolution.isAvailable, "this machine has no AVX-512 BF16 instructions"))
struct HalfConvolutionTests {
    typealias Case = BlockedConvolutionTests.Case

    /// Rows enough for several pieces and batches, odd widths of several tiles, rows cut at the ends of slices. Left out
    /// are sums of so many terms that fp32 alone is off by more than the bound.
    static let cases =
        BlockedConvolutionTests.cases.filter { $0.wide <= 16 } + [
            Case(size: [37, 61], wide: 2, batch: 1), Case(size: [9, 15], wide: 1, narrow: 5, stride: 2, batch: 3),
            Case(size: [5, 7, 9], wide: 2, narrow: 2), Case(size: [3, 5, 9], wide: 1, narrow: 2, stride: 2),
            Case(size: [2, 5, 3], wide: 2, narrow: 3, stride: 2, batch: 5), Case(size: [9, 29], wide: 3, kernel: 1),
        ]

    /// A convolution with random weights and tensors for it.
    private struct Setup {
        let convolution: HalfConvolution
        let arena: ParameterArena
        let wide: FeatureMap
        let narrow: FeatureMap
        var shape: ck_conv

        init(_ test: Case, threads: Int) {
            let narrowGrid = Grid(test.size)
            let wideGrid = Grid(test.size.map { $0 * test.stride })
            let kernels = Kernels(
                team: ThreadTeam(threads: threads), instructions: .best, precision: .bf16, batch: test.batch)
            let geometry = ConvolutionGeometry(
                wide: wideGrid, wideBlocks: test.wide, narrow: narrowGrid, narrowBlocks: test.narrow,
                kernel: test.kernel, stride: test.stride)
            convolution = HalfConvolution(geometry, kernels: kernels)
            arena = kernels.arena
            kernels.allocate()
            var numbers = Numbers(seed: 23)
            arena.values.copy(from: numbers.uniform(arena.count))
            wide = FeatureMap(wideGrid, blocks: test.wide, batch: test.batch)
            narrow = FeatureMap(narrowGrid, blocks: test.narrow, batch: test.batch)
            wide.fill(&numbers, samples: test.batch)
            narrow.fill(&numbers, samples: test.batch)
            shape = geometry.shape
        }

        /// The forward pass of a sample by its definition.
        mutating func forward(_ sample: Int, rounded: Bool) -> [Float] {
            let x = factors(wide, sample, rounded)
            let w = factors(arena.values, rounded)
            return result(narrow) { ck_conv_forward_naive($0, x.at(Self.start(wide)), w.base, &shape) }
        }

        mutating func adjoint(_ sample: Int, rounded: Bool) -> [Float] {
            let y = factors(narrow, sample, rounded)
            let w = factors(arena.values, rounded)
            return result(wide) { ck_conv_adjoint_naive($0, y.at(Self.start(narrow)), w.base, &shape) }
        }

        mutating func weightGradient(samples: Int, rounded: Bool) -> [Float] {
            var sum = [Double](repeating: 0, count: arena.count)
            for sample in 0..<samples {
                let x = factors(wide, sample, rounded)
                let y = factors(narrow, sample, rounded)
                ck_conv_weight_gradient_naive(&sum, y.at(Self.start(narrow)), x.at(Self.start(wide)), &shape)
            }
            return sum.map { Float($0) }
        }

        private static func start(_ map: FeatureMap) -> Int { map.grid.origin * Lanes.count }

        private func factors(_ map: FeatureMap, _ sample: Int, _ rounded: Bool) -> FloatBuffer {
            factors(FloatBuffer(map.values(sample)), rounded)
        }

        private func factors(_ exact: FloatBuffer, _ rounded: Bool) -> FloatBuffer {
            let values = FloatBuffer(exact.values)
            if rounded { ck_half_round_naive(values.base, exact.base, exact.count) }
            return values
        }

        private func result(_ map: FeatureMap, _ body: (UnsafeMutablePointer<Double>) -> Void) -> [Float] {
            var sum = [Double](repeating: 0, count: map.sampleStride)
            sum.withUnsafeMutableBufferPointer { body($0.baseAddress! + Self.start(map)) }
            return sum.map { Float($0) }
        }
    }

    /// What products of factors with 8 significant bits are off by.
    private static let roundingError = 4e-3

    @Test(arguments: cases)
    func forwardIsAsDefined(_ test: Case) {
        var seen = [[Float]](repeating: [], count: test.batch)
        for threads in [1, 3] {
            var setup = Setup(test, threads: threads)
            let result = FeatureMap(setup.narrow.grid, blocks: test.narrow, batch: test.batch)
            setup.convolution.forward(result, setup.wide, count: test.batch)
            for sample in 0..<test.batch {
                let values = result.values(sample)
                #expect(relativeDifference(values, setup.forward(sample, rounded: true)) < 1e-6)
                #expect(relativeDifference(values, setup.forward(sample, rounded: false)) < Self.roundingError)
                #expect(threads == 1 || values == seen[sample])
                seen[sample] = values
            }
            setup.convolution.forward(result, setup.wide, adding: setup.narrow, count: test.batch)
            for sample in 0..<test.batch {
                let sum = zip(seen[sample], setup.narrow.values(sample)).map { $0 + $1 }
                #expect(result.values(sample) == sum)
            }
        }
    }

    @Test(arguments: cases)
    func adjointIsAsDefined(_ test: Case) {
        var seen = [[Float]](repeating: [], count: test.batch)
        for threads in [1, 3] {
            var setup = Setup(test, threads: threads)
            let result = FeatureMap(setup.wide.grid, blocks: test.wide, batch: test.batch)
            setup.convolution.adjoint(result, setup.narrow, count: test.batch)
            for sample in 0..<test.batch {
                let values = result.values(sample)
                #expect(relativeDifference(values, setup.adjoint(sample, rounded: true)) < 1e-6)
                #expect(relativeDifference(values, setup.adjoint(sample, rounded: false)) < Self.roundingError)
                #expect(threads == 1 || values == seen[sample])
                seen[sample] = values
            }
            // In place, as gradients are gathered from several readers.
            let before = (0..<test.batch).map { setup.wide.values($0) }
            setup.convolution.adjoint(setup.wide, setup.narrow, adding: setup.wide, count: test.batch)
            for sample in 0..<test.batch {
                #expect(setup.wide.values(sample) == zip(seen[sample], before[sample]).map { $0 + $1 })
            }
        }
    }

    @Test(arguments: cases)
    func weightGradientIsAsDefined(_ test: Case) {
        var seen: [Float]?
        for threads in [1, 3] {
            var setup = Setup(test, threads: threads)
            // What was there before is overwritten.
            setup.arena.gradients.copy(from: [Float](repeating: 7, count: setup.arena.count))
            setup.convolution.weightGradient(setup.narrow, setup.wide, count: test.batch)
            let gradient = setup.arena.gradients.values
            #expect(relativeDifference(gradient, setup.weightGradient(samples: test.batch, rounded: true)) < 1e-6)
            #expect(
                relativeDifference(gradient, setup.weightGradient(samples: test.batch, rounded: false))
                    < Self.roundingError)
            #expect(seen == nil || seen == gradient)
            seen = gradient
        }
    }

    /// In bf16 as well, volumes are filtered in fp32 where that pays: with stride 1, and tiles enough.
    @Test(arguments: [
        ([16, 16], 1, 8, true), ([8, 8, 8], 1, 2, false), ([8, 8, 8], 2, 2, true), ([2, 2, 2], 1, 1, true),
    ])
    func volumesAreFilteredWhereThatPays(size: [Int], stride: Int, batch: Int, isHalf: Bool) {
        let kernels = Kernels(team: ThreadTeam(threads: 1), instructions: .best, precision: .bf16, batch: batch)
        let convolution = kernels.convolution(
            wide: Grid(size.map { $0 * stride }), wideBlocks: 2, narrow: Grid(size), narrowBlocks: 2, stride: stride)
        #expect((convolution is HalfConvolution) == isHalf)
    }

    /// One piece's rows after another, whichever block group computed them.
    @Test(arguments: cases)
    func momentsAreThoseOfTheResult(_ test: Case) {
        let setup = Setup(test, threads: 2)
        for isAdjoint in [false, true] {
            let (grid, blocks) = isAdjoint ? (setup.wide.grid, test.wide) : (setup.narrow.grid, test.narrow)
            let result = FeatureMap(grid, blocks: blocks, batch: test.batch)
            let moments = Moments(batch: test.batch, blocks: blocks, pieces: setup.convolution.pieces)
            if isAdjoint {
                setup.convolution.adjoint(result, setup.narrow, count: test.batch, moments: moments)
            } else {
                setup.convolution.forward(result, setup.wide, count: test.batch, moments: moments)
            }
            for block in 0..<blocks {
                var sums = [Double](repeating: 0, count: Lanes.count)
                for sample in 0..<test.batch {
                    for row in 0..<grid.rows {
                        let start = result.at(sample, block) + grid.start(ofRow: row) * Lanes.count
                        for place in 0..<grid.width * Lanes.count { sums[place % Lanes.count] += Double(start[place]) }
                    }
                }
                moments.merged(0..<test.batch, block) { number, means, _ in
                    #expect(number == Double(test.batch * grid.positions))
                    for lane in 0..<Lanes.count { #expect(abs(means[lane] - sums[lane] / number) < 1e-5) }
                }
            }
        }
    }

    /// To nearest, ties to even; what has no normal bf16 is zero, and what is no number stays none.
    @Test func roundsAsTheInstructionsDo() {
        let exact: [Float] = [
            1, 1 + 0x1p-8, 1 + 0x1.8p-7, 1 + 0x1.8p-8, -1 - 0x1.8p-7, 0x1p-127, -0x1p-140, 0, -0.0, 0x1p-126,
            .greatestFiniteMagnitude, .infinity, -.infinity, Float(bitPattern: 0x7fff_ffff),
        ]
        let expected: [Float] = [
            1, 1, 1 + 0x1p-6, 1 + 0x1p-7, -1 - 0x1p-6, 0, -0.0, 0, -0.0, 0x1p-126, .infinity, .infinity, -.infinity,
            Float(bitPattern: 0x7fff_0000),
        ]
        var rounded = [Float](repeating: 7, count: exact.count)
        ck_half_round_naive(&rounded, exact, exact.count)
        #expect(rounded.map(\.bitPattern) == expected.map(\.bitPattern))

        // Weights of one tile, all of them such numbers, for both directions.
        let grid = Grid([1, 1]).ck
        var shape = ck_conv(dims: 2, kernel: 1, stride: 1, wide_blocks: 1, narrow_blocks: 1, wide: grid, narrow: grid)
        let places = Lanes.count * Lanes.count
        let weights = (0..<places).map { exact[$0 % exact.count] }
        var packed = [ck_pair](repeating: 0, count: places / 2)
        var turned = packed
        ck_half_pack_weights(&packed, weights, &shape, 0, 1)
        ck_half_turn_weights(&turned, weights, &shape, 0, 1)
        for c in 0..<Lanes.count {
            for k in 0..<Lanes.count {
                let bits = expected[(c * Lanes.count + k) % expected.count].bitPattern >> 16
                #expect(packed[c / 2 * Lanes.count + k] >> (c % 2 * 16) & 0xffff == bits)
                #expect(turned[k / 2 * Lanes.count + c] >> (k % 2 * 16) & 0xffff == bits)
            }
        }
    }
}
