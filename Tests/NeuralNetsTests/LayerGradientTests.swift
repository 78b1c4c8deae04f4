import Testing

@testable import NeuralNets

/// Each layer's backward pass against finite differences of its forward pass.
@Suite struct LayerGradientTests {
    private static let plane = Plane(channels: 3, height: 5, width: 4)
    private static let batch = 3

    enum Kind: CaseIterable, Sendable {
        case convolution, strided, pointwise, transposed, batchNorm, instanceNorm, prelu, residual, projected, skip,
            sequence

        /// One thread, or two where that takes another path.
        func layer(_ plane: Plane, batch: Int, threads: Int) -> any Layer {
            let partition = Partition(threads: threads)
            func convolution(_ name: String, _ input: Plane, _ channels: Int, kernel: Int = 3) -> Convolution {
                Convolution(name, input: input, channels: channels, kernel: kernel, batch: batch, partition: partition)
            }
            switch self {
            case .convolution: return convolution("c", plane, 4)
            case .strided:
                return Convolution("c", input: plane, channels: 4, stride: 2, batch: batch, partition: partition)
            case .pointwise: return convolution("c", plane, 2, kernel: 1)
            case .transposed:
                return Convolution(
                    "c", input: plane, channels: 2, stride: 2, isTransposed: true, batch: batch, partition: partition)
            case .batchNorm:
                return Normalization("n", plane: plane, kind: .batch, batch: batch, partition: partition)
            case .instanceNorm:
                return Normalization("n", plane: plane, kind: .instance, batch: batch, partition: partition)
            case .prelu: return PReLU("a", plane: plane, batch: batch, partition: partition)
            case .residual:
                return Residual(
                    input: plane, body: convolution("c", plane, plane.channels), shortcut: nil, batch: batch)
            case .projected:
                return Residual(
                    input: plane, body: convolution("c", plane, 5), shortcut: convolution("s", plane, 5, kernel: 1),
                    batch: batch)
            case .skip: return SkipConnection(input: plane, body: convolution("c", plane, 2), batch: batch)
            case .sequence:
                let first = convolution("c", plane, 4)
                return Sequence([
                    first, Normalization("n", plane: first.output, kind: .batch, batch: batch, partition: partition),
                ])
            }
        }
    }

    /// What a linear loss on a layer's output changes by, over twice the step.
    private struct Probe {
        let layer: any Layer
        let input: FloatBuffer
        let weights: [Float]
        let count: Int

        /// In double precision, so that only the layer rounds.
        func loss() -> Double {
            let output = layer.forward(input, count: count, training: true).prefix(weights.count)
            return zip(output, weights).reduce(0) { $0 + Double($1.0) * Double($1.1) }
        }

        func slope(_ value: UnsafeMutablePointer<Float>) -> Double {
            let kept = value.pointee
            let (above, below) = (kept + 0.01, kept - 0.01)
            value.pointee = above
            let high = loss()
            value.pointee = below
            let low = loss()
            value.pointee = kept
            return (high - low) / Double(above - below)
        }
    }

    @Test(arguments: Kind.allCases, [1, 2]) func backwardIsTheGradient(_ kind: Kind, threads: Int) {
        // A batch smaller than the largest, too: the last of a pass may be.
        for count in [Self.batch, Self.batch - 1] {
            var numbers = Numbers(seed: 5)
            let layer = kind.layer(Self.plane, batch: Self.batch, threads: threads)
            for parameter in layer.parameters {
                parameter.value.copy(from: numbers.awayFromZero(parameter.value.count))
            }
            let input = FloatBuffer(count: Self.batch * Self.plane.count)
            input.copy(from: numbers.awayFromZero(input.count))
            let probe = Probe(
                layer: layer, input: input, weights: numbers.uniform(count * layer.output.count), count: count)

            for parameter in layer.parameters { parameter.gradient.zero() }
            let gradientBuffer = FloatBuffer(count: Self.batch * layer.output.count)
            gradientBuffer.copy(from: probe.weights)
            _ = layer.forward(input, count: count, training: true)
            let inputGradient = layer.backward(gradientBuffer, count: count).prefix(count * Self.plane.count)

            for index in stride(from: 0, to: inputGradient.count, by: 3) {
                let numeric = probe.slope(input.at(index))
                #expect(abs(numeric - Double(inputGradient[index])) < 2e-3 * max(1, abs(numeric)), "input \(index)")
            }
            for parameter in layer.parameters {
                let gradient = parameter.gradient.values
                for index in gradient.indices {
                    let numeric = probe.slope(parameter.value.at(index))
                    #expect(
                        abs(numeric - Double(gradient[index])) < 2e-3 * max(1, abs(numeric)),
                        "\(parameter.name)[\(index)]")
                }
            }
        }
    }

    @Test func normalizationTracksRunningStatistics() {
        let plane = Plane(channels: 1, height: 1, width: 2)
        let layer = Normalization("n", plane: plane, kind: .batch, batch: 2, partition: Partition(threads: 1))
        // Mean 2.5; biased variance 1.25, unbiased 5/3.
        let output = layer.forward(FloatBuffer([1, 2, 3, 4]), count: 2, training: true).values
        #expect(relativeDifference(output, [-1.341636, -0.447212, 0.447212, 1.341636]) < 1e-6)
        #expect(abs(layer.buffers[0].value.values[0] - 0.25) < 1e-7)
        let variance: Float = 0.9 + 0.1 * 5 / 3
        #expect(abs(layer.buffers[1].value.values[0] - variance) < 1e-6)
        // Evaluation uses them and leaves them.
        let evaluated = layer.forward(FloatBuffer([0.25, 1.25, 0.25, 0.25]), count: 2, training: false).values
        let deviation = (variance + 1e-5).squareRoot()
        #expect(abs(evaluated[0]) < 1e-6)
        #expect(abs(evaluated[1] - 1 / deviation) < 1e-6)
        #expect(abs(layer.buffers[0].value.values[0] - 0.25) < 1e-7)
    }
}
