import CKernels
import Testing

@testable import NeuralNets

/// The convolutions at the network's two ends against the same by plain loops in double precision.
@Suite struct PlanarConvolutionTests {
    struct Shape: Sendable, CustomTestStringConvertible {
        var channels: Int
        var size: GridSize

        var testDescription: String { "\(channels) channels, \(size.testDescription)" }
        var weights: Int { channels * channels * size.taps }
        var taps: Int32 { Int32(size.taps) }
        var count: Int32 { Int32(channels) }
    }

    /// Single positions, rows and columns; ends of rows of every kind; each number of channels that has its own tile.
    static let shapes = [
        Shape(channels: 1, size: GridSize(1, 1)),
        Shape(channels: 1, size: GridSize(9, 1)),
        Shape(channels: 1, size: GridSize(3, 5)),
        Shape(channels: 1, size: GridSize(6, 128)),
        Shape(channels: 3, size: GridSize(5, 33)),
        Shape(channels: 2, size: GridSize(4, 16)),
        Shape(channels: 1, size: GridSize(1, 1, 1)),
        Shape(channels: 3, size: GridSize(1, 3, 17)),
        Shape(channels: 4, size: GridSize(3, 5, 5)),
        Shape(channels: 3, size: GridSize(4, 3, 113)),
        Shape(channels: 5, size: GridSize(2, 2, 49)),
        Shape(channels: 8, size: GridSize(2, 3, 33)),
        Shape(channels: 1, size: GridSize(3, 4, 32)),
    ]

    /// Sums of up to 300 products of fp32 numbers, in another order.
    static let tolerance = 1e-6

    /// All rows at once and in two parts, which must not differ by a bit.
    private func inParts(_ shape: Shape, _ output: GridTensor, _ call: (Int32, Int32) -> Void) {
        call(0, shape.size.rows)
        let whole = output.values
        output.values = [Float](repeating: .nan, count: whole.count)
        let cut = (shape.size.rows + 1) / 3
        call(cut, shape.size.rows)
        call(0, cut)
        #expect(isSame(output.values, whole))
        #expect(output.isHaloUntouched)
    }

    @Test(arguments: shapes) func forward(_ shape: Shape) {
        var numbers = Numbers(seed: 41)
        let x = GridTensor(
            shape.size, channels: shape.channels, numbers.uniform(shape.channels * shape.size.positions))
        let (w, b) = (numbers.uniform(shape.weights), numbers.uniform(shape.channels))
        var grid = x.grid
        let expected = GridTensor(shape.size, channels: shape.channels)
        ck_planar_conv_forward_naive(expected.origin, x.origin, w, b, &grid, shape.taps, shape.count)
        for instructions in Instructions.available {
            let y = GridTensor(shape.size, channels: shape.channels, halo: 7)
            inParts(shape, y) {
                ck_planar_conv_forward(
                    y.origin, x.origin, w, b, &grid, shape.taps, shape.count, $0, $1, instructions.isa)
            }
            #expect(relativeDifference(y.values, expected.values) < Self.tolerance)
        }
    }

    @Test(arguments: shapes) func backwardInput(_ shape: Shape) {
        var numbers = Numbers(seed: 42)
        let dy = GridTensor(
            shape.size, channels: shape.channels, numbers.uniform(shape.channels * shape.size.positions))
        let w = numbers.uniform(shape.weights)
        var grid = dy.grid
        let expected = GridTensor(shape.size, channels: shape.channels)
        ck_planar_conv_backward_input_naive(expected.origin, dy.origin, w, &grid, shape.taps, shape.count)
        for instructions in Instructions.available {
            let dx = GridTensor(shape.size, channels: shape.channels, halo: 7)
            inParts(shape, dx) {
                ck_planar_conv_backward_input(
                    dx.origin, dy.origin, w, &grid, shape.taps, shape.count, $0, $1, instructions.isa)
            }
            #expect(relativeDifference(dx.values, expected.values) < Self.tolerance)
        }
    }

    @Test(arguments: shapes) func backwardWeights(_ shape: Shape) {
        var numbers = Numbers(seed: 43)
        let count = shape.channels * shape.size.positions
        let x = GridTensor(shape.size, channels: shape.channels, numbers.uniform(count))
        let dy = GridTensor(shape.size, channels: shape.channels, numbers.uniform(count))
        var grid = x.grid
        var expected = ([Float](repeating: .nan, count: shape.weights), [Float](repeating: .nan, count: shape.channels))
        ck_planar_conv_backward_weights_naive(
            &expected.0, &expected.1, dy.origin, x.origin, &grid, shape.taps, shape.count)
        for instructions in Instructions.available {
            func add(
                _ gradients: inout ([Float], [Float]), _ first: Int32, _ last: Int32, accumulate: Int32
            ) {
                ck_planar_conv_backward_weights(
                    &gradients.0, &gradients.1, dy.origin, x.origin, &grid, shape.taps, shape.count, first, last,
                    accumulate, instructions.isa)
            }
            var whole = (
                [Float](repeating: .nan, count: shape.weights), [Float](repeating: .nan, count: shape.channels)
            )
            add(&whole, 0, shape.size.rows, accumulate: 0)
            #expect(relativeDifference(whole.0, expected.0) < Self.tolerance)
            #expect(relativeDifference(whole.1, expected.1) < Self.tolerance)
            var parts = whole
            let cut = (shape.size.rows + 1) / 3
            add(&parts, 0, cut, accumulate: 0)
            add(&parts, cut, shape.size.rows, accumulate: 1)
            #expect(relativeDifference(parts.0, expected.0) < Self.tolerance)
            #expect(relativeDifference(parts.1, expected.1) < Self.tolerance)
        }
    }

    /// The gradients are those of the forward pass: for a loss Σ y·g, dx and dw come out of it by any small change.
    @Test(arguments: shapes.filter { $0.size.positions < 100 }) func twinsAreAdjoint(_ shape: Shape) {
        var numbers = Numbers(seed: 44)
        let count = shape.channels * shape.size.positions
        let g = GridTensor(shape.size, channels: shape.channels, numbers.uniform(count))
        let x = GridTensor(shape.size, channels: shape.channels, numbers.uniform(count))
        let (w, b) = (numbers.uniform(shape.weights), numbers.uniform(shape.channels))
        var grid = x.grid
        let (y, dx) = (
            GridTensor(shape.size, channels: shape.channels), GridTensor(shape.size, channels: shape.channels)
        )
        var (dw, db) = ([Float](repeating: 0, count: w.count), [Float](repeating: 0, count: b.count))
        ck_planar_conv_backward_input_naive(dx.origin, g.origin, w, &grid, shape.taps, shape.count)
        ck_planar_conv_backward_weights_naive(&dw, &db, g.origin, x.origin, &grid, shape.taps, shape.count)
        func product(_ a: [Float], _ b: [Float]) -> Double {
            zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) }
        }
        // Linear in x, and in w and b but for the shortcut.
        ck_planar_conv_forward_naive(
            y.origin, x.origin, w, [Float](repeating: 0, count: b.count), &grid, shape.taps, shape.count)
        #expect(abs(product(y.values, g.values) - product(x.values, dx.values)) < 1e-5 * Double(count))
        ck_planar_conv_forward_naive(y.origin, x.origin, w, b, &grid, shape.taps, shape.count)
        let convolved = product(y.values, g.values) - product(x.values, g.values)
        #expect(abs(convolved - product(w, dw) - product(b, db)) < 1e-5 * Double(count))
    }

    /// By hand, so that both kernels cannot be wrong alike: a 3×3 box over 1…9, with the shortcut and a bias of ½.
    @Test(arguments: Instructions.available) func knownValues(_ instructions: Instructions) {
        let x = GridTensor(GridSize(3, 3), channels: 1, [1, 2, 3, 4, 5, 6, 7, 8, 9])
        let y = GridTensor(GridSize(3, 3), channels: 1)
        var grid = x.grid
        let box = [Float](repeating: 1, count: 9)
        ck_planar_conv_forward(y.origin, x.origin, box, [0.5], &grid, 9, 1, 0, 3, instructions.isa)
        #expect(y.values == [13.5, 23.5, 19.5, 31.5, 50.5, 39.5, 31.5, 47.5, 37.5])
    }
}
