import CKernels

/// A 2D convolution, or with `isTransposed` the adjoint of one that halves the image: it doubles it.
///
/// The batch is cut into `groups` fixed runs of samples; each sums its weight gradients by itself, and the sums are
/// added in order, so that the result does not depend on the number of threads.
final class Convolution: Layer {
    private static let groups = 4

    let output: Plane
    let parameters: [Parameter]
    private let input: Plane
    private let isTransposed: Bool
    private let needsInputGradient: Bool
    private let partition: Partition
    private let shape: ck_conv_shape
    private let weight: Parameter
    private let bias: Parameter
    private let result: FloatBuffer
    private let inputGradient: FloatBuffer
    private let scratch: [FloatBuffer]
    private let weightSums: [FloatBuffer]
    private let biasSums: [FloatBuffer]
    private var lastInput: FloatBuffer?

    /// - Parameters:
    ///   - name: the prefix of `.weight` and `.bias`.
    ///   - stride: 1 or 2; a transposed convolution takes 2.
    ///   - needsInputGradient: false for what reads the image itself.
    init(
        _ name: String, input: Plane, channels: Int, kernel: Int = 3, stride: Int = 1, isTransposed: Bool = false,
        needsInputGradient: Bool = true, batch: Int, partition: Partition
    ) {
        self.input = input
        self.isTransposed = isTransposed
        self.needsInputGradient = needsInputGradient
        self.partition = partition
        let pad = kernel / 2
        if isTransposed {
            output = Plane(channels: channels, height: input.height * stride, width: input.width * stride)
        } else {
            output = Plane(
                channels: channels, height: (input.height + 2 * pad - kernel) / stride + 1,
                width: (input.width + 2 * pad - kernel) / stride + 1)
        }
        // The kernels speak of the convolution; a transposed one runs it from its output to its input.
        let (wide, narrow) = isTransposed ? (output, input) : (input, output)
        shape = ck_conv_shape(
            C: Int32(wide.channels), H: Int32(wide.height), W: Int32(wide.width), K: Int32(narrow.channels),
            OH: Int32(narrow.height), OW: Int32(narrow.width), kernel: Int32(kernel), stride: Int32(stride),
            pad: Int32(pad))
        weight = Parameter(name + ".weight", shape: [narrow.channels, wide.channels, kernel, kernel])
        bias = Parameter(name + ".bias", shape: [channels])
        parameters = [weight, bias]
        result = FloatBuffer(count: batch * output.count)
        inputGradient = FloatBuffer(count: needsInputGradient ? batch * input.count : 0)
        var shape = shape
        let scratchCount = ck_conv_scratch(&shape)
        let groups = min(Self.groups, batch)
        scratch = (0..<groups).map { _ in FloatBuffer(count: scratchCount) }
        weightSums = (0..<groups).map { [weight] _ in FloatBuffer(count: weight.value.count) }
        biasSums = (0..<groups).map { _ in FloatBuffer(count: channels) }
    }

    /// PyTorch's default: uniform within ±1/√fan-in (He et al. 2015 with a = √5); a transposed convolution's fan-in is
    /// counted over its output channels, as PyTorch does.
    func initialize(_ generator: inout CounterGenerator) {
        let fanIn = weight.shape[1] * weight.shape[2] * weight.shape[3]
        let bound = 1 / Float(fanIn).squareRoot()
        for parameter in parameters {
            parameter.value.copy(
                from: (0..<parameter.value.count).map { _ in (2 * Float(generator.uniform()) - 1) * bound })
        }
    }

    func forward(_ input: FloatBuffer, count: Int, training: Bool) -> FloatBuffer {
        lastInput = input
        var shape = shape
        withUnsafePointer(to: &shape) { shape in
            eachSample(count) { group, sample in
                let kernel = isTransposed ? ck_conv_transposed_forward : ck_conv_forward
                kernel(
                    result.at(sample * output.count), input.at(sample * self.input.count), weight.value.base,
                    bias.value.base, scratch[group].base, shape)
            }
        }
        return result
    }

    func backward(_ gradient: FloatBuffer, count: Int) -> FloatBuffer {
        guard let lastInput else { preconditionFailure("backward before forward") }
        for buffer in weightSums + biasSums { buffer.zero() }
        var shape = shape
        withUnsafePointer(to: &shape) { shape in
            eachSample(count) { group, sample in
                let kernel = isTransposed ? ck_conv_transposed_backward : ck_conv_backward
                kernel(
                    needsInputGradient ? inputGradient.at(sample * input.count) : nil, weightSums[group].base,
                    biasSums[group].base, gradient.at(sample * output.count), lastInput.at(sample * input.count),
                    weight.value.base, scratch[group].base, shape)
            }
        }
        for (weightSum, biasSum) in zip(weightSums, biasSums) {
            ck_add(weight.gradient.base, weightSum.base, weightSum.count)
            ck_add(bias.gradient.base, biasSum.base, biasSum.count)
        }
        return inputGradient
    }

    private func eachSample(_ count: Int, _ body: (Int, Int) -> Void) {
        let groups = scratch.count
        partition.each(groups) { group in
            for sample in (group * count / groups)..<((group + 1) * count / groups) { body(group, sample) }
        }
    }
}
