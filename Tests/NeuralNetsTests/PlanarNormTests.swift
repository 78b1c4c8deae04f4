import CKernels
import Foundation
import Testing

@testable import NeuralNets

/// Normalisation and PReLU of planar channels against the same by plain loops in double precision.
@Suite struct PlanarNormTests {
    struct Shape: Sendable, CustomTestStringConvertible {
        var channels: Int
        var size: GridSize

        var testDescription: String { "\(channels) channels, \(size.testDescription)" }
        var values: Int { channels * size.positions }
        var count: Int32 { Int32(channels) }
    }

    static let shapes = [
        Shape(channels: 1, size: GridSize(1, 1)),
        Shape(channels: 3, size: GridSize(7, 5)),
        Shape(channels: 1, size: GridSize(40, 128)),
        Shape(channels: 2, size: GridSize(3, 1500)),
        Shape(channels: 3, size: GridSize(1, 3, 17)),
        Shape(channels: 4, size: GridSize(5, 6, 33)),
        Shape(channels: 1, size: GridSize(9, 8, 16)),
    ]

    /// A norm whose activation has both signs, and its inputs.
    fileprivate struct Sample {
        let shape: Shape
        let y: GridTensor
        let dout: GridTensor
        let scale, shift, mean, a, b: [Float]
        let slope: Float = 0.3

        init(_ shape: Shape, seed: UInt64) {
            var numbers = Numbers(seed: seed)
            self.shape = shape
            y = GridTensor(shape.size, channels: shape.channels, halo: 3, numbers.awayFromZero(shape.values))
            dout = GridTensor(shape.size, channels: shape.channels, halo: 3, numbers.uniform(shape.values))
            scale = numbers.awayFromZero(shape.channels, gap: 0.5)
            // Too small to move what is away from 0 across it, whatever the rounding.
            shift = numbers.uniform(shape.channels).map { 0.01 * $0 }
            mean = numbers.uniform(shape.channels)
            a = numbers.uniform(shape.channels)
            b = numbers.uniform(shape.channels)
        }

        func withNorm(_ body: (inout ck_planar_norm, inout ck_grid) -> Void) {
            var grid = y.grid
            scale.withUnsafeBufferPointer { scale in
                shift.withUnsafeBufferPointer { shift in
                    var norm = ck_planar_norm(scale: scale.baseAddress, shift: shift.baseAddress, slope: slope)
                    body(&norm, &grid)
                }
            }
        }

        /// The rows, at once and in two parts.
        var cuts: [[Range<Int32>]] {
            let cut = (shape.size.rows + 1) / 3
            return [[0..<shape.size.rows], [cut..<shape.size.rows, 0..<cut]]
        }
    }

    /// Values far from 0 and of different spread: a difference of squares would lose them.
    @Test(arguments: shapes) func statistics(_ shape: Shape) {
        var numbers = Numbers(seed: 51)
        let values = numbers.uniform(shape.values).enumerated().map { index, value in
            1000 + Float(index / shape.size.positions) * 100 * value + value
        }
        let y = GridTensor(shape.size, channels: shape.channels, halo: 3, values)
        var grid = y.grid
        let empty = [Double](repeating: .nan, count: shape.channels)
        var (sum, squares) = (empty, empty)
        ck_planar_norm_statistics_naive(&sum, &squares, y.origin, &grid, shape.count)
        for instructions in Instructions.available {
            func part(_ rows: Range<Int32>) -> (sum: [Double], squares: [Double]) {
                var part = (sum: empty, squares: empty)
                ck_planar_norm_statistics(
                    &part.sum, &part.squares, y.origin, &grid, shape.count, rows.lowerBound, rows.upperBound,
                    instructions.isa)
                return part
            }
            let whole = part(0..<shape.size.rows)
            let cut = max(1, shape.size.rows / 3)
            let parts = [part(0..<cut), part(cut..<shape.size.rows)]
            for channel in 0..<shape.channels {
                #expect(abs(whole.sum[channel] - sum[channel]) <= 1e-9 * abs(sum[channel]))
                #expect(abs(whole.squares[channel] - squares[channel]) <= 1e-6 * squares[channel])
                // Chan's formula joins the parts.
                let n = Double(cut * Int32(shape.size.width))
                let m = Double(shape.size.positions) - n
                var joined = parts[0].squares[channel] + parts[1].squares[channel]
                if m > 0 {
                    let between = parts[0].sum[channel] / n - parts[1].sum[channel] / m
                    joined += between * between * n * m / (n + m)
                }
                #expect(abs(joined - squares[channel]) <= 1e-6 * squares[channel])
            }
        }
    }

    /// A constant has no spread, not even one of rounding.
    @Test(arguments: Instructions.available) func constantHasNoSpread(_ instructions: Instructions) {
        let size = GridSize(9, 33)
        let y = GridTensor(size, channels: 1, [Float](repeating: 0.1, count: size.positions))
        var grid = y.grid
        var (sum, squares) = (0.0, 0.0)
        ck_planar_norm_statistics(&sum, &squares, y.origin, &grid, 1, 0, size.rows, instructions.isa)
        #expect(abs(sum - Double(0.1 as Float) * 297) < 1e-9)
        #expect(squares < 1e-12)
    }

    @Test(arguments: shapes) func forward(_ shape: Shape) {
        let sample = Sample(shape, seed: 52)
        let expected = GridTensor(shape.size, channels: shape.channels)
        sample.withNorm { norm, grid in
            ck_planar_norm_forward_naive(expected.origin, sample.y.origin, &norm, &grid, shape.count)
            for instructions in Instructions.available {
                for rows in sample.cuts {
                    let out = GridTensor(shape.size, channels: shape.channels, halo: 7)
                    let inPlace = GridTensor(shape.size, channels: shape.channels, halo: 3, sample.y.values)
                    for rows in rows {
                        ck_planar_norm_forward(
                            out.origin, sample.y.origin, &norm, &grid, shape.count, rows.lowerBound, rows.upperBound,
                            instructions.isa)
                        ck_planar_norm_forward(
                            inPlace.origin, inPlace.origin, &norm, &grid, shape.count, rows.lowerBound,
                            rows.upperBound, instructions.isa)
                    }
                    #expect(relativeDifference(out.values, expected.values) < 1e-6)
                    #expect(isSame(inPlace.values, out.values))
                    #expect(out.isHaloUntouched && inPlace.isHaloUntouched)
                }
            }
        }
    }

    @Test(arguments: shapes) func backward(_ shape: Shape) {
        let sample = Sample(shape, seed: 53)
        let expected = GridTensor(shape.size, channels: shape.channels)
        let empty = [Double](repeating: .nan, count: shape.channels)
        var (sum, product, dslope) = (empty, empty, Double.nan)
        let values = Double(shape.values)
        sample.withNorm { norm, grid in
            ck_planar_norm_backward_sums_naive(
                &sum, &product, &dslope, sample.dout.origin, sample.y.origin, sample.mean, &norm, &grid, shape.count)
            ck_planar_norm_backward_naive(
                expected.origin, sample.dout.origin, sample.y.origin, sample.a, sample.b, &norm, &grid, shape.count)
            for instructions in Instructions.available {
                var total = (
                    sum: [Double](repeating: 0, count: shape.channels),
                    product: [Double](repeating: 0, count: shape.channels), dslope: 0.0
                )
                for rows in sample.cuts[1] {
                    var part = (sum: empty, product: empty, dslope: Double.nan)
                    ck_planar_norm_backward_sums(
                        &part.sum, &part.product, &part.dslope, sample.dout.origin, sample.y.origin, sample.mean, &norm,
                        &grid, shape.count, rows.lowerBound, rows.upperBound, instructions.isa)
                    for channel in 0..<shape.channels {
                        total.sum[channel] += part.sum[channel]
                        total.product[channel] += part.product[channel]
                    }
                    total.dslope += part.dslope
                }
                // Each term is at most about 1; they may cancel.
                #expect(zip(total.sum, sum).allSatisfy { abs($0 - $1) < 1e-7 * values })
                #expect(zip(total.product, product).allSatisfy { abs($0 - $1) < 1e-7 * values })
                #expect(abs(total.dslope - dslope) < 1e-7 * values)

                let overY = GridTensor(shape.size, channels: shape.channels, halo: 3, sample.y.values)
                let overGradient = GridTensor(shape.size, channels: shape.channels, halo: 3, sample.dout.values)
                for rows in sample.cuts[1] {
                    ck_planar_norm_backward(
                        overY.origin, sample.dout.origin, overY.origin, sample.a, sample.b, &norm, &grid, shape.count,
                        rows.lowerBound, rows.upperBound, instructions.isa)
                    ck_planar_norm_backward(
                        overGradient.origin, overGradient.origin, sample.y.origin, sample.a, sample.b, &norm, &grid,
                        shape.count, rows.lowerBound, rows.upperBound, instructions.isa)
                }
                #expect(relativeDifference(overY.values, expected.values) < 1e-6)
                #expect(isSame(overGradient.values, overY.values))
                #expect(overY.isHaloUntouched && overGradient.isHaloUntouched)
            }
        }
    }

    /// The whole layer as the network puts it together, batch statistics and all, by finite differences of its twins.
    @Test(arguments: [Shape(channels: 2, size: GridSize(3, 5)), Shape(channels: 1, size: GridSize(2, 3, 4))])
    func gradientAgreesWithFiniteDifferences(_ shape: Shape) {
        let (gamma, beta, epsilon) = (1.5, 0.25, 1e-5)
        let count = Double(shape.size.positions)
        var sample = Sample(shape, seed: 54)
        let weights = sample.dout.values

        /// The norm of the values as they are: its factors, means and inverse deviations.
        func normalized(_ y: GridTensor) -> (scale: [Float], shift: [Float], mean: [Double], inverse: [Double]) {
            var grid = y.grid
            var (sum, squares) = (
                [Double](repeating: 0, count: shape.channels), [Double](repeating: 0, count: shape.channels)
            )
            ck_planar_norm_statistics_naive(&sum, &squares, y.origin, &grid, shape.count)
            let mean = sum.map { $0 / count }
            let inverse = squares.map { 1 / ($0 / count + epsilon).squareRoot() }
            return (
                inverse.map { Float(gamma * $0) }, zip(mean, inverse).map { Float(beta - gamma * $0 * $1) }, mean,
                inverse
            )
        }
        func loss(_ y: GridTensor) -> Double {
            let norm = normalized(y)
            let slope = Double(sample.slope)
            return zip(y.values, weights).enumerated().reduce(0) { total, item in
                let channel = item.offset / shape.size.positions
                let z = (Double(item.element.0) - norm.mean[channel]) * norm.inverse[channel] * gamma + beta
                return total + Double(item.element.1) * (z > 0 ? z : slope * z)
            }
        }

        let norm = normalized(sample.y)
        sample = Sample(sample, scale: norm.scale, shift: norm.shift, mean: norm.mean.map { Float($0) })
        var (sum, product, dslope) = (
            [Double](repeating: 0, count: shape.channels), [Double](repeating: 0, count: shape.channels), 0.0
        )
        let dy = GridTensor(shape.size, channels: shape.channels)
        sample.withNorm { planar, grid in
            ck_planar_norm_backward_sums_naive(
                &sum, &product, &dslope, sample.dout.origin, sample.y.origin, sample.mean, &planar, &grid, shape.count)
            // dy = scale·(g − mean(g) − (y − mean)·inverse²·mean(g·(y − mean))), as scale·g + y·b + a.
            let b = (0..<shape.channels).map { channel in
                -Double(norm.scale[channel]) * norm.inverse[channel] * norm.inverse[channel] * product[channel] / count
            }
            let a = (0..<shape.channels).map { channel in
                -Double(norm.scale[channel]) * sum[channel] / count - norm.mean[channel] * b[channel]
            }
            ck_planar_norm_backward_naive(
                dy.origin, sample.dout.origin, sample.y.origin, a.map { Float($0) }, b.map { Float($0) }, &planar,
                &grid, shape.count)
        }
        let gradient = dy.values
        let values = sample.y.values
        for index in values.indices {
            var (above, below) = (values, values)
            above[index] += 1e-3
            below[index] -= 1e-3
            let high = loss(GridTensor(shape.size, channels: shape.channels, above))
            let low = loss(GridTensor(shape.size, channels: shape.channels, below))
            let numeric = (high - low) / Double(above[index] - below[index])
            #expect(abs(numeric - Double(gradient[index])) < 1e-4 * max(1, abs(numeric)))
        }
    }
}

extension PlanarNormTests.Sample {
    /// The same inputs under another norm.
    fileprivate init(_ other: Self, scale: [Float], shift: [Float], mean: [Float]) {
        (shape, y, dout, a, b) = (other.shape, other.y, other.dout, other.a, other.b)
        (self.scale, self.shift, self.mean) = (scale, shift, mean)
    }
}
