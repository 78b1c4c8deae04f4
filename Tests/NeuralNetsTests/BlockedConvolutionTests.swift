import CKernels
import Testing

@testable import NeuralNets

/// Convolutions on blocked tensors against their definition: rows long enough for the direct kernels and short ones that
/// are gathered, with every kind of instructions, alone and on several threads.
@Suite struct BlockedConvolutionTests {
    struct Case: Sendable, CustomTestStringConvertible {
        /// Of the narrow grid.
        var size: [Int]
        var wide = 1
        var narrow = 1
        var stride = 1
        var kernel = 3
        var batch = 2
        var testDescription: String {
            "\(wide)→\(narrow) blocks on \(batch)×\(size), kernel \(kernel), stride \(stride)"
        }
    }

    static let cases = [
        Case(size: [5, 9]), Case(size: [3, 33], wide: 2, narrow: 3), Case(size: [4, 8], narrow: 2, kernel: 1),
        Case(size: [4, 17], wide: 2, narrow: 2, stride: 2), Case(size: [1, 1], wide: 2),
        Case(size: [3, 5], wide: 3, narrow: 2, stride: 2, batch: 3), Case(size: [7, 2], narrow: 3, kernel: 1),
        Case(size: [2, 3, 8], wide: 2), Case(size: [3, 2, 11], narrow: 2, stride: 2),
        Case(size: [2, 3, 4], wide: 2, narrow: 3, batch: 3), Case(size: [1, 2, 3], wide: 2, narrow: 2, stride: 2),
        Case(size: [3, 2, 2], wide: 2, narrow: 1, kernel: 1), Case(size: [40, 29], batch: 1),
        // Even sides and enough of them: by minimal filtering.
        Case(size: [8, 12], wide: 2, narrow: 3), Case(size: [20, 64]),
        Case(size: [4, 2], wide: 3, narrow: 2, batch: 9),
        Case(size: [4, 6, 8], wide: 2, narrow: 3), Case(size: [2, 4, 2], wide: 3, narrow: 5, batch: 8),
        Case(size: [6, 4, 16], wide: 33, narrow: 1, batch: 1),
        Case(size: [8, 12], wide: 2, narrow: 3, stride: 2), Case(size: [20, 64], stride: 2, batch: 1),
        Case(size: [4, 2], wide: 3, narrow: 7, stride: 2, batch: 17),
        Case(size: [4, 4, 12], wide: 2, narrow: 5, stride: 2), Case(size: [8, 4, 16], narrow: 3, stride: 2, batch: 1),
        Case(size: [2, 4, 2], wide: 3, narrow: 2, stride: 2, batch: 17),
    ]

    /// A convolution with random weights and tensors for it.
    private struct Setup {
        let convolution: BlockedConvolution
        let arena: ParameterArena
        let wide: FeatureMap
        let narrow: FeatureMap
        var shape: ck_conv
        let kernels: Kernels

        init(_ test: Case, _ instructions: Instructions, threads: Int) {
            let narrowGrid = Grid(test.size)
            let wideGrid = Grid(test.size.map { $0 * test.stride })
            kernels = Kernels(
                team: ThreadTeam(threads: threads), instructions: instructions, precision: .fp32, batch: test.batch)
            let geometry = ConvolutionGeometry(
                wide: wideGrid, wideBlocks: test.wide, narrow: narrowGrid, narrowBlocks: test.narrow,
                kernel: test.kernel, stride: test.stride)
            convolution = BlockedConvolution(geometry, kernels: kernels)
            arena = kernels.arena
            kernels.allocate()
            var numbers = Numbers(seed: 17)
            arena.values.copy(from: numbers.uniform(arena.count))
            wide = FeatureMap(wideGrid, blocks: test.wide, batch: test.batch)
            narrow = FeatureMap(narrowGrid, blocks: test.narrow, batch: test.batch)
            wide.fill(&numbers, samples: test.batch)
            narrow.fill(&numbers, samples: test.batch)
            shape = geometry.shape
        }
    }

    @Test(arguments: cases, Instructions.available)
    func forwardIsAsDefined(_ test: Case, _ instructions: Instructions) {
        for threads in [1, 3] {
            var setup = Setup(test, instructions, threads: threads)
            for sample in 0..<test.batch {
                var expected = [Double](repeating: 0, count: setup.narrow.sampleStride)
                expected.withUnsafeMutableBufferPointer {
                    ck_conv_forward_naive(
                        $0.baseAddress! + setup.narrow.grid.origin * Lanes.count, setup.wide.at(sample),
                        setup.arena.values.base, &setup.shape)
                }
                let before = setup.narrow.values(sample)
                let result = FeatureMap(setup.narrow.grid, blocks: test.narrow, batch: test.batch)
                setup.convolution.forward(result, setup.wide, count: test.batch)
                #expect(relativeDifference(result.values(sample), expected.map { Float($0) }) < 1e-6)
                setup.convolution.forward(result, setup.wide, adding: setup.narrow, count: test.batch)
                #expect(
                    relativeDifference(result.values(sample), zip(before, expected).map { $0 + Float($1) }) < 1e-6)
            }
        }
    }

    @Test(arguments: cases, Instructions.available)
    func adjointIsAsDefined(_ test: Case, _ instructions: Instructions) {
        for threads in [1, 3] {
            var setup = Setup(test, instructions, threads: threads)
            let before = (0..<test.batch).map { setup.wide.values($0) }
            // In place, as gradients are gathered from several readers.
            setup.convolution.adjoint(setup.wide, setup.narrow, adding: setup.wide, count: test.batch)
            for sample in 0..<test.batch {
                var expected = [Double](repeating: 0, count: setup.wide.sampleStride)
                expected.withUnsafeMutableBufferPointer {
                    ck_conv_adjoint_naive(
                        $0.baseAddress! + setup.wide.grid.origin * Lanes.count, setup.narrow.at(sample),
                        setup.arena.values.base, &setup.shape)
                }
                #expect(
                    relativeDifference(setup.wide.values(sample), zip(before[sample], expected).map { $0 + Float($1) })
                        < 1e-6)
            }
        }
    }

    @Test(arguments: cases, Instructions.available)
    func weightGradientIsAsDefined(_ test: Case, _ instructions: Instructions) {
        var seen: [Float]?
        for threads in [1, 3] {
            var setup = Setup(test, instructions, threads: threads)
            var expected = [Double](repeating: 0, count: setup.arena.count)
            for sample in 0..<test.batch {
                ck_conv_weight_gradient_naive(&expected, setup.narrow.at(sample), setup.wide.at(sample), &setup.shape)
            }
            setup.convolution.weightGradient(setup.narrow, setup.wide, count: test.batch)
            let gradient = setup.arena.gradients.values
            #expect(relativeDifference(gradient, expected.map { Float($0) }) < 1e-6)
            #expect(seen == nil || seen == gradient)
            seen = gradient
        }
    }

    /// The mean and spread that go with a result are those of its numbers, also where they are large beside the spread.
    @Test(arguments: cases, Instructions.available)
    func momentsAreThoseOfTheResult(_ test: Case, _ instructions: Instructions) {
        let setup = Setup(test, instructions, threads: 2)
        let offset = FeatureMap(setup.narrow.grid, blocks: test.narrow, batch: test.batch)
        for sample in 0..<test.batch { offset.each(sample) { $0.pointee = 1000 } }
        let moments = Moments(batch: test.batch, blocks: 1, pieces: setup.convolution.pieces)
        let result = FeatureMap(setup.narrow.grid, blocks: test.narrow, batch: test.batch)
        setup.convolution.forward(result, setup.wide, adding: offset, count: test.batch, moments: moments)
        let positions = result.grid.positions
        var values = [[Double]](repeating: [], count: Lanes.count)
        for sample in 0..<test.batch {
            var index = 0
            result.each(sample) {
                if index < positions * Lanes.count { values[index % Lanes.count].append(Double($0.pointee)) }
                index += 1
            }
        }
        moments.merged(0..<test.batch, 0) { number, means, squares in
            #expect(number == Double(test.batch * positions))
            for lane in 0..<Lanes.count {
                let mean = values[lane].reduce(0, +) / number
                let spread = values[lane].reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
                #expect(abs(means[lane] - mean) < 1e-6)
                #expect(abs(squares[lane] - spread) <= 1e-5 * spread + 1e-6)
            }
        }
    }
}

extension FeatureMap {
    /// Calls `body` with each number inside the halo, block by block.
    func each(_ sample: Int, _ body: (UnsafeMutablePointer<Float>) -> Void) {
        for block in 0..<blocks {
            for row in 0..<grid.rows {
                for place in 0..<grid.width * Lanes.count {
                    body(at(sample, block) + grid.start(ofRow: row) * Lanes.count + place)
                }
            }
        }
    }

    func fill(_ numbers: inout Numbers, samples: Int) {
        for sample in 0..<samples {
            let values = numbers.uniform(blocks * grid.positions * Lanes.count)
            var index = 0
            each(sample) {
                $0.pointee = values[index]
                index += 1
            }
        }
    }

    /// All of a sample's numbers with their halo, which is to stay zero.
    func values(_ sample: Int) -> [Float] {
        let start = at(sample) - grid.origin * Lanes.count
        return (0..<blocks * grid.volume * Lanes.count).map { start[$0] }
    }
}
