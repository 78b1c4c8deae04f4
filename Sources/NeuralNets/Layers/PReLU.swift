import CKernels

/// x where positive, else slope·x, with one trained slope (He et al. 2015), 0.25 at first.
final class PReLU: Layer {
    let output: Plane
    let parameters: [Parameter]
    private let partition: Partition
    private let slope: Parameter
    private let result: FloatBuffer
    private let inputGradient: FloatBuffer
    private var slopeSums: [Double]
    private var lastInput: FloatBuffer?

    init(_ name: String, plane: Plane, batch: Int, partition: Partition) {
        output = plane
        self.partition = partition
        slope = Parameter(name + ".weight", shape: [1])
        slope.value.copy(from: [0.25])
        parameters = [slope]
        result = FloatBuffer(count: batch * plane.count)
        inputGradient = FloatBuffer(count: batch * plane.count)
        slopeSums = [Double](repeating: 0, count: batch)
    }

    func initialize(_ generator: inout CounterGenerator) {}

    func forward(_ input: FloatBuffer, count: Int, training: Bool) -> FloatBuffer {
        lastInput = input
        partition.each(count) { sample in
            let offset = sample * output.count
            ck_prelu_forward(result.at(offset), input.at(offset), slope.value.base[0], output.count)
        }
        return result
    }

    func backward(_ gradient: FloatBuffer, count: Int) -> FloatBuffer {
        guard let lastInput else { preconditionFailure("backward before forward") }
        slopeSums.withUnsafeMutableBufferPointer { sums in
            let sums = sums.baseAddress!  // A batch has at least one sample.
            partition.each(count) { sample in
                let offset = sample * output.count
                sums[sample] = ck_prelu_backward(
                    inputGradient.at(offset), gradient.at(offset), lastInput.at(offset), slope.value.base[0],
                    output.count)
            }
        }
        slope.gradient.base[0] += Float(slopeSums[..<count].reduce(0, +))
        return inputGradient
    }
}
