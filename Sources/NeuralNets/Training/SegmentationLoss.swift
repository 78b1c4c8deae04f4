import CKernels

/// Soft Dice on the sigmoid, with smooth 1 in numerator and denominator and averaged over samples and channels, plus
/// mean binary cross-entropy with logits. Half of what nnU-Net calls its default; see Isensee et al. 2021.
public enum SegmentationLoss {
    /// The loss of each sample, [N, K, P] logits and targets in {0, 1}; their mean is the batch's loss.
    ///
    /// - Throws: `NeuralNetsError.shape` when the counts do not fit.
    public static func perSample(logits: [Float], targets: [Float], samples: Int, channels: Int) throws -> [Double] {
        guard samples > 0, channels > 0, logits.count == targets.count,
            logits.count.isMultiple(of: samples * channels)
        else { throw NeuralNetsError.shape("logits and targets must both be [\(samples), \(channels), positions]") }
        let plane = logits.count / (samples * channels)
        return logits.withUnsafeBufferPointer { logits in
            targets.withUnsafeBufferPointer { targets in
                (0..<samples).map { sample in
                    var total = 0.0
                    for channel in 0..<channels {
                        // Within bounds: (sample, channel) indexes one of samples·channels planes.
                        let offset = (sample * channels + channel) * plane
                        var dice = 0.0
                        var entropy = 0.0
                        ck_dice_bce(
                            &dice, &entropy, nil, logits.baseAddress! + offset, targets.baseAddress! + offset, plane, 0,
                            0)
                        total += dice + entropy / Double(plane)
                    }
                    return total / Double(channels)
                }
            }
        }
    }

    /// Loss and gradient of a batch.
    static func withGradient(
        _ gradient: FloatBuffer, logits: FloatBuffer, targets: FloatBuffer, planes: Int, positions: Int,
        partition: Partition
    ) -> Float {
        var dice = [Double](repeating: 0, count: planes)
        var entropy = [Double](repeating: 0, count: planes)
        let diceWeight = 1 / Float(planes)
        let entropyWeight = 1 / Float(planes * positions)
        dice.withUnsafeMutableBufferPointer { dice in
            entropy.withUnsafeMutableBufferPointer { entropy in
                let (dice, entropy) = (dice.baseAddress!, entropy.baseAddress!)  // planes > 0
                partition.each(planes) { plane in
                    let offset = plane * positions
                    ck_dice_bce(
                        dice + plane, entropy + plane, gradient.at(offset), logits.at(offset), targets.at(offset),
                        positions, diceWeight, entropyWeight)
                }
            }
        }
        return Float((dice.reduce(0, +) + entropy.reduce(0, +) / Double(positions)) / Double(planes))
    }
}
