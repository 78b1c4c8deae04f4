import CKernels
import Testing

@testable import NeuralNets

/// The kernels on OpenBLAS against the same by nested loops.
@Suite struct ConvolutionKernelTests {
    struct Shape: Sendable, CustomTestStringConvertible {
        var channels, height, width, outputs, kernel, stride: Int

        var testDescription: String { "\(channels)→\(outputs), \(height)×\(width), kernel \(kernel), stride \(stride)" }

        var kernelShape: ck_conv_shape {
            let pad = kernel / 2
            return ck_conv_shape(
                C: Int32(channels), H: Int32(height), W: Int32(width), K: Int32(outputs),
                OH: Int32((height + 2 * pad - kernel) / stride + 1), OW: Int32((width + 2 * pad - kernel) / stride + 1),
                kernel: Int32(kernel), stride: Int32(stride), pad: Int32(pad))
        }
        var wide: Int { channels * height * width }
        var narrow: Int { outputs * Int(kernelShape.OH) * Int(kernelShape.OW) }
        var weights: Int { outputs * channels * kernel * kernel }
    }

    /// Odd sizes, single pixels, rows and columns, one channel, and the shapes of the network itself.
    static let shapes = [
        Shape(channels: 1, height: 1, width: 1, outputs: 1, kernel: 3, stride: 1),
        Shape(channels: 1, height: 1, width: 1, outputs: 2, kernel: 3, stride: 2),
        Shape(channels: 3, height: 5, width: 7, outputs: 4, kernel: 3, stride: 1),
        Shape(channels: 3, height: 5, width: 7, outputs: 4, kernel: 3, stride: 2),
        Shape(channels: 2, height: 1, width: 9, outputs: 3, kernel: 3, stride: 2),
        Shape(channels: 2, height: 9, width: 2, outputs: 3, kernel: 3, stride: 1),
        Shape(channels: 5, height: 6, width: 4, outputs: 7, kernel: 1, stride: 1),
        Shape(channels: 4, height: 6, width: 8, outputs: 3, kernel: 1, stride: 2),
        Shape(channels: 16, height: 16, width: 16, outputs: 32, kernel: 3, stride: 2),
        Shape(channels: 33, height: 8, width: 8, outputs: 17, kernel: 3, stride: 1),
    ]

    /// Sums of up to 300 products of fp32 numbers, in another order.
    static let tolerance = 2e-6

    @Test(arguments: shapes) func forward(_ shape: Shape) {
        var numbers = Numbers(seed: 1)
        let (x, w, b) = (numbers.uniform(shape.wide), numbers.uniform(shape.weights), numbers.uniform(shape.outputs))
        var s = shape.kernelShape
        var scratch = [Float](repeating: .nan, count: ck_conv_scratch(&s))
        var fast = [Float](repeating: .nan, count: shape.narrow)
        var plain = fast
        ck_conv_forward(&fast, x, w, b, &scratch, &s)
        ck_conv_forward_naive(&plain, x, w, b, &s)
        #expect(relativeDifference(fast, plain) < Self.tolerance)
    }

    @Test(arguments: shapes) func backward(_ shape: Shape) {
        var numbers = Numbers(seed: 2)
        let (x, w, dy) = (numbers.uniform(shape.wide), numbers.uniform(shape.weights), numbers.uniform(shape.narrow))
        var s = shape.kernelShape
        var scratch = [Float](repeating: .nan, count: ck_conv_scratch(&s))
        // dx is overwritten, dw and db are added to.
        var fast = (
            [Float](repeating: .nan, count: shape.wide), numbers.uniform(shape.weights), numbers.uniform(shape.outputs)
        )
        var plain = fast
        ck_conv_backward(&fast.0, &fast.1, &fast.2, dy, x, w, &scratch, &s)
        ck_conv_backward_naive(&plain.0, &plain.1, &plain.2, dy, x, w, &s)
        #expect(relativeDifference(fast.0, plain.0) < Self.tolerance)
        #expect(relativeDifference(fast.1, plain.1) < Self.tolerance)
        #expect(relativeDifference(fast.2, plain.2) < Self.tolerance)
    }

    @Test(arguments: shapes) func transposed(_ shape: Shape) {
        var numbers = Numbers(seed: 3)
        let (x, w, b) = (numbers.uniform(shape.narrow), numbers.uniform(shape.weights), numbers.uniform(shape.channels))
        var s = shape.kernelShape
        var scratch = [Float](repeating: .nan, count: ck_conv_scratch(&s))
        var fast = [Float](repeating: .nan, count: shape.wide)
        var plain = fast
        ck_conv_transposed_forward(&fast, x, w, b, &scratch, &s)
        ck_conv_transposed_forward_naive(&plain, x, w, b, &s)
        #expect(relativeDifference(fast, plain) < Self.tolerance)

        let dy = numbers.uniform(shape.wide)
        var fastGradients = (
            [Float](repeating: .nan, count: shape.narrow), numbers.uniform(shape.weights),
            numbers.uniform(shape.channels)
        )
        var plainGradients = fastGradients
        ck_conv_transposed_backward(&fastGradients.0, &fastGradients.1, &fastGradients.2, dy, x, w, &scratch, &s)
        ck_conv_transposed_backward_naive(&plainGradients.0, &plainGradients.1, &plainGradients.2, dy, x, w, &s)
        #expect(relativeDifference(fastGradients.0, plainGradients.0) < Self.tolerance)
        #expect(relativeDifference(fastGradients.1, plainGradients.1) < Self.tolerance)
        #expect(relativeDifference(fastGradients.2, plainGradients.2) < Self.tolerance)
    }

    /// By hand, so that both kernels cannot be wrong alike: a 3×3 box over 1…9, stride 1 and 2.
    @Test func knownValues() {
        let x: [Float] = [1, 2, 3, 4, 5, 6, 7, 8, 9]
        let box = [Float](repeating: 1, count: 9)
        var s = Shape(channels: 1, height: 3, width: 3, outputs: 1, kernel: 3, stride: 1).kernelShape
        var scratch = [Float](repeating: 0, count: 81)
        var y = [Float](repeating: 0, count: 9)
        ck_conv_forward(&y, x, box, [0.5], &scratch, &s)
        #expect(y == [12.5, 21.5, 16.5, 27.5, 45.5, 33.5, 24.5, 39.5, 28.5])
        s = Shape(channels: 1, height: 3, width: 3, outputs: 1, kernel: 3, stride: 2).kernelShape
        y = [Float](repeating: 0, count: 4)
        ck_conv_forward(&y, x, box, [0], &scratch, &s)
        #expect(y == [12, 16, 24, 28])
    }
}
