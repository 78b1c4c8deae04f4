import CKernels

/// Batch normalisation (Ioffe & Szegedy 2015) with affine parameters and running statistics, or instance
/// normalisation (Ulyanov et al. 2016) with neither, as MONAI's defaults have it. eps 1e-5, momentum 0.1.
final class Normalization: Layer {
    private static let epsilon: Float = 1e-5
    private static let momentum: Float = 0.1

    let output: Plane
    let parameters: [Parameter]
    let buffers: [StateBuffer]
    private let isBatch: Bool
    private let partition: Partition
    private let gamma: Parameter
    private let beta: Parameter
    private let runningMean: StateBuffer
    private let runningVariance: StateBuffer
    private let result: FloatBuffer
    private let inputGradient: FloatBuffer
    private let mean: FloatBuffer
    private let variance: FloatBuffer
    private let inverseDeviation: FloatBuffer
    private var lastInput: FloatBuffer?

    init(_ name: String, plane: Plane, kind: UNetConfiguration.Normalization, batch: Int, partition: Partition) {
        output = plane
        isBatch = kind == .batch
        self.partition = partition
        gamma = Parameter(name + ".weight", shape: [plane.channels])
        beta = Parameter(name + ".bias", shape: [plane.channels])
        gamma.value.copy(from: [Float](repeating: 1, count: plane.channels))
        runningMean = StateBuffer(name + ".running_mean", shape: [plane.channels], initial: 0)
        runningVariance = StateBuffer(name + ".running_var", shape: [plane.channels], initial: 1)
        parameters = isBatch ? [gamma, beta] : []
        buffers = isBatch ? [runningMean, runningVariance] : []
        result = FloatBuffer(count: batch * plane.count)
        inputGradient = FloatBuffer(count: batch * plane.count)
        let statistics = isBatch ? plane.channels : batch * plane.channels
        mean = FloatBuffer(count: statistics)
        variance = FloatBuffer(count: statistics)
        inverseDeviation = FloatBuffer(count: statistics)
    }

    func initialize(_ generator: inout CounterGenerator) {}

    func forward(_ input: FloatBuffer, count: Int, training: Bool) -> FloatBuffer {
        lastInput = input
        eachSpan(count) { index, channel, offset, span in
            if isBatch, !training {
                ck_norm_apply(
                    result.at(offset), input.at(offset), runningMean.value.base[channel],
                    runningVariance.value.base[channel], gamma.value.base[channel], beta.value.base[channel],
                    Self.epsilon, span)
                return
            }
            ck_norm_forward(
                result.at(offset), mean.at(index), variance.at(index), inverseDeviation.at(index), input.at(offset),
                gamma.value.base[channel], beta.value.base[channel], Self.epsilon, span)
        }
        if isBatch, training { updateRunningStatistics(valuesPerChannel: count * output.positions) }
        return result
    }

    func backward(_ gradient: FloatBuffer, count: Int) -> FloatBuffer {
        guard let lastInput else { preconditionFailure("backward before forward") }
        eachSpan(count) { index, channel, offset, span in
            var (scale, shift): (Float, Float) = (0, 0)
            ck_norm_backward(
                inputGradient.at(offset), &scale, &shift, gradient.at(offset), lastInput.at(offset), mean.base[index],
                inverseDeviation.base[index], gamma.value.base[channel], span)
            // Instance norm has no affine parameters to give these to.
            guard isBatch else { return }
            gamma.gradient.base[channel] += scale
            beta.gradient.base[channel] += shift
        }
        return inputGradient
    }

    /// PyTorch's rule: the running variance takes the unbiased one.
    private func updateRunningStatistics(valuesPerChannel count: Int) {
        let unbiased = count > 1 ? Float(count) / Float(count - 1) : 1
        for channel in 0..<output.channels {
            let (mean, variance) = (mean.base[channel], variance.base[channel] * unbiased)
            runningMean.value.base[channel] += Self.momentum * (mean - runningMean.value.base[channel])
            runningVariance.value.base[channel] += Self.momentum * (variance - runningVariance.value.base[channel])
        }
    }

    /// Calls `body` with the index of the statistics, the channel, the offset of the first value and the span, for
    /// each set of values that is normalised together.
    private func eachSpan(_ count: Int, _ body: (Int, Int, Int, UnsafePointer<ck_norm_span>) -> Void) {
        let channels = output.channels
        var span = ck_norm_span(
            groups: Int32(isBatch ? count : 1), positions: Int32(output.positions), stride: output.count)
        withUnsafePointer(to: &span) { span in
            partition.each(isBatch ? channels : count * channels) { index in
                let channel = index % channels
                body(index, channel, index * output.positions, span)
            }
        }
    }
}
