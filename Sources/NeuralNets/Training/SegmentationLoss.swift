import CKernels

/// Soft Dice plus cross-entropy, as nnU-Net's default (Isensee et al. 2021): Dice on the sigmoid averaged over samples
/// and channels plus mean binary cross-entropy, or Dice on the softmax averaged over samples and foreground channels plus
/// mean cross-entropy. Smooth 1 in numerator and denominator.
public enum SegmentationLoss {
    /// The loss of each sample; their mean is the batch's loss.
    ///
    /// - Parameters:
    ///   - logits: [N, K, P].
    ///   - targets: [N, K, P] in {0, 1}; one-hot for a softmax, with the background first.
    /// - Throws: `NeuralNetsError.shape` when the counts do not fit.
    public static func perSample(
        logits: [Float], targets: [Float], samples: Int, channels: Int, output: UNetConfiguration.Output = .sigmoid
    ) throws -> [Double] {
        guard samples > 0, channels > 0, logits.count == targets.count,
            logits.count.isMultiple(of: samples * channels), logits.count / (samples * channels) < 1 << 31
        else { throw NeuralNetsError.shape("logits and targets must both be [\(samples), \(channels), positions]") }
        let positions = logits.count / (samples * channels)
        let count = Int32(positions)
        var grid = ck_grid(D: 1, H: 1, W: count, row: count, plane: count, volume: count)
        return logits.withUnsafeBufferPointer { logits in
            targets.withUnsafeBufferPointer { targets in
                (0..<samples).map { sample in
                    let offset = sample * channels * positions
                    // Within bounds: one of `samples` runs of channels·positions numbers.
                    return ofSample(
                        gradient: nil, logits: logits.baseAddress! + offset, targets: targets.baseAddress! + offset,
                        grid: &grid, valid: ck_extent(d: 1, h: 1, w: count), channels: channels, output: output,
                        samples: 1, isa: ck_best_isa())
                }
            }
        }
    }

    /// The loss of one sample of `samples`, and where `gradient` is not nil that of their mean.
    static func ofSample(
        gradient: UnsafeMutablePointer<Float>?, logits: UnsafePointer<Float>, targets: UnsafePointer<Float>,
        grid: UnsafePointer<ck_grid>, valid: ck_extent, channels: Int, output: UNetConfiguration.Output, samples: Int,
        isa: ck_isa
    ) -> Double {
        let positions = Int(valid.d) * Int(valid.h) * Int(valid.w)
        // Softmax: one distribution a position, and the background is no class to score.
        let classes = output == .softmax ? channels - 1 : channels
        let terms = output == .softmax ? positions : positions * channels
        let kernel = output == .softmax ? ck_loss_softmax : ck_loss_sigmoid
        return withUnsafeTemporaryAllocation(of: Double.self, capacity: channels) { dice in
            var entropy = 0.0
            kernel(
                dice.baseAddress, &entropy, gradient, logits, targets, Float(1 / Double(samples * classes)),
                Float(1 / Double(samples * terms)), grid, valid, Int32(channels), isa)
            return dice.reduce(0, +) / Double(classes) + entropy / Double(terms)
        }
    }
}
