import CKernels
import Testing

@testable import NeuralNets

/// The steps between planar channels and blocks on a grid of half the size, against the same by plain loops in double
/// precision.
@Suite struct PlanarStridedTests {
    struct Shape: Sendable, CustomTestStringConvertible {
        var channels: Int
        var blocks: Int
        /// Of the blocks; the planar channels have twice as many positions in each dimension.
        var size: GridSize

        var testDescription: String { "\(channels) channels, \(blocks) blocks of \(size.testDescription)" }
        var weights: Int { blocks * channels * size.taps * 16 }
        var planar: Int { channels * size.doubled.positions }
        var blocked: Int { blocks * 16 * size.positions }
        var taps: Int32 { Int32(size.taps) }
    }

    static let shapes = [
        Shape(channels: 1, blocks: 1, size: GridSize(1, 1)),
        Shape(channels: 1, blocks: 2, size: GridSize(6, 5)),
        Shape(channels: 1, blocks: 2, size: GridSize(3, 64)),
        Shape(channels: 3, blocks: 3, size: GridSize(4, 33)),
        Shape(channels: 2, blocks: 1, size: GridSize(1, 17)),
        Shape(channels: 1, blocks: 2, size: GridSize(1, 300)),
        Shape(channels: 3, blocks: 2, size: GridSize(1, 1, 1)),
        Shape(channels: 4, blocks: 2, size: GridSize(1, 3, 17)),
        Shape(channels: 3, blocks: 2, size: GridSize(3, 4, 32)),
        Shape(channels: 1, blocks: 3, size: GridSize(4, 2, 5)),
        Shape(channels: 7, blocks: 1, size: GridSize(2, 3, 33)),
    ]

    static let tolerance = 1e-6

    @Test(arguments: shapes) func transposedForward(_ shape: Shape) {
        var numbers = Numbers(seed: 61)
        let x = GridTensor(shape.size, channels: shape.blocks, lanes: 16, numbers.uniform(shape.blocked))
        let (w, b) = (numbers.uniform(shape.weights), numbers.uniform(shape.channels))
        let (channels, blocks) = (Int32(shape.channels), Int32(shape.blocks))
        let expected = GridTensor(shape.size.doubled, channels: shape.channels)
        var (xgrid, ygrid) = (x.grid, expected.grid)
        ck_planar_transposed_forward_naive(
            expected.origin, x.origin, w, b, &ygrid, &xgrid, shape.taps, channels, blocks)
        for instructions in Instructions.available {
            let y = GridTensor(shape.size.doubled, channels: shape.channels, halo: 7)
            var scratch = [Float](
                repeating: .nan, count: ck_planar_transposed_scratch(&xgrid, shape.taps, blocks))
            func rows(_ first: Int32, _ last: Int32) {
                ck_planar_transposed_forward(
                    y.origin, x.origin, w, b, &scratch, &ygrid, &xgrid, shape.taps, channels, blocks, first, last,
                    instructions.isa)
            }
            rows(0, shape.size.rows)
            #expect(relativeDifference(y.values, expected.values) < Self.tolerance)
            // In parts, one of which starts inside a slice: not a bit differs.
            let whole = y.values
            y.values = [Float](repeating: .nan, count: whole.count)
            let cut = (shape.size.rows + 1) / 2
            rows(cut, shape.size.rows)
            rows(0, cut)
            #expect(isSame(y.values, whole))
            #expect(y.isHaloUntouched)
        }
    }

    @Test(arguments: shapes) func stridedWeights(_ shape: Shape) {
        var numbers = Numbers(seed: 62)
        let x = GridTensor(shape.size.doubled, channels: shape.channels, numbers.uniform(shape.planar))
        let dy = GridTensor(shape.size, channels: shape.blocks, lanes: 16, numbers.uniform(shape.blocked))
        let (channels, blocks) = (Int32(shape.channels), Int32(shape.blocks))
        var (xgrid, ygrid) = (x.grid, dy.grid)
        var expected = [Float](repeating: .nan, count: shape.weights)
        ck_planar_strided_weights_naive(
            &expected, dy.origin, x.origin, &ygrid, &xgrid, shape.taps, channels, blocks)
        for instructions in Instructions.available {
            func add(_ dw: inout [Float], _ first: Int32, _ last: Int32, accumulate: Int32) {
                ck_planar_strided_weights(
                    &dw, dy.origin, x.origin, &ygrid, &xgrid, shape.taps, channels, blocks, first, last, accumulate,
                    instructions.isa)
            }
            var dw = [Float](repeating: .nan, count: shape.weights)
            add(&dw, 0, shape.size.rows, accumulate: 0)
            #expect(relativeDifference(dw, expected) < Self.tolerance)
            let cut = (shape.size.rows + 1) / 2
            add(&dw, 0, cut, accumulate: 0)
            add(&dw, cut, shape.size.rows, accumulate: 1)
            #expect(relativeDifference(dw, expected) < Self.tolerance)
        }
    }

    /// For a loss Σ y·g on the transposed convolution, whose weights' gradient takes g for the planar input: y is
    /// linear in w and b, so Σ y·g = Σ w·dw + Σ b·g.
    @Test(arguments: shapes) func weightsAreTheTransposedConvolutionsGradient(_ shape: Shape) {
        var numbers = Numbers(seed: 63)
        let x = GridTensor(shape.size, channels: shape.blocks, lanes: 16, numbers.uniform(shape.blocked))
        let g = GridTensor(shape.size.doubled, channels: shape.channels, numbers.uniform(shape.planar))
        let (w, b) = (numbers.uniform(shape.weights), numbers.uniform(shape.channels))
        let (channels, blocks) = (Int32(shape.channels), Int32(shape.blocks))
        let y = GridTensor(shape.size.doubled, channels: shape.channels)
        var (xgrid, ygrid) = (x.grid, y.grid)
        var dw = [Float](repeating: 0, count: w.count)
        ck_planar_transposed_forward_naive(y.origin, x.origin, w, b, &ygrid, &xgrid, shape.taps, channels, blocks)
        ck_planar_strided_weights_naive(&dw, x.origin, g.origin, &xgrid, &ygrid, shape.taps, channels, blocks)
        func product(_ a: [Float], _ b: [Float]) -> Double {
            zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) }
        }
        let bias = b.flatMap { [Float](repeating: $0, count: shape.size.doubled.positions) }
        let expected = product(w, dw) + product(bias, g.values)
        #expect(abs(product(y.values, g.values) - expected) < 1e-5 * Double(shape.planar))
    }

    /// By hand, so that both kernels cannot be wrong alike: one channel, two positions of a row, taps 1…9.
    @Test(arguments: Instructions.available) func knownValues(_ instructions: Instructions) {
        var (xvalues, w) = ([Float](repeating: 0, count: 32), [Float](repeating: 0, count: 9 * 16))
        (xvalues[0], xvalues[16]) = (1, 10)
        for tap in 0..<9 { w[16 * tap] = Float(tap + 1) }
        let x = GridTensor(GridSize(1, 2), channels: 1, lanes: 16, xvalues)
        let y = GridTensor(GridSize(2, 4), channels: 1)
        var (xgrid, ygrid) = (x.grid, y.grid)
        var scratch = [Float](repeating: .nan, count: ck_planar_transposed_scratch(&xgrid, 9, 1))
        ck_planar_transposed_forward(
            y.origin, x.origin, w, [0.5], &scratch, &ygrid, &xgrid, 9, 1, 1, 0, 1, instructions.isa)
        // Row 0 meets the middle taps 4, 5, 6 and row 1 the lowest, 7, 8, 9.
        #expect(y.values == [5.5, 46.5, 50.5, 60.5, 8.5, 79.5, 80.5, 90.5])

        let planar = GridTensor(GridSize(2, 4), channels: 1, [1, 2, 3, 4, 5, 6, 7, 8])
        var dw = [Float](repeating: .nan, count: 9 * 16)
        ck_planar_strided_weights(
            &dw, x.origin, planar.origin, &xgrid, &ygrid, 9, 1, 1, 0, 1, 0, instructions.isa)
        // The columns 2p + t − 1 of rows −1, 0 and 1, weighted with 1 and 10.
        #expect((0..<9).map { dw[16 * $0] } == [0, 0, 0, 20, 31, 42, 60, 75, 86])
    }
}
