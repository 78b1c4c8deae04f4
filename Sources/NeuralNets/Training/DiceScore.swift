/// Dice similarity coefficient (Dice 1945): 2·|A∩B| / (|A| + |B|).
public enum DiceScore {
    /// DSC of each sample and foreground class. Two empty masks agree: 1; a single empty one gives 0.
    ///
    /// - Parameters:
    ///   - logits: [N, K, P]. With `sigmoid` a class is predicted where its logit is positive, that is its probability
    ///     above one half; with `softmax` where its logit is the largest, the first of equals.
    ///   - targets: [N, K, P] in {0, 1}.
    /// - Returns: [N][K], without the background where the output is a softmax.
    /// - Throws: `NeuralNetsError.shape` when the counts do not fit.
    public static func perClass(
        logits: [Float], targets: [Float], samples: Int, channels: Int = 1,
        output: UNetConfiguration.Output = .sigmoid
    ) throws -> [[Double]] {
        guard samples > 0, channels > 0, logits.count == targets.count,
            logits.count.isMultiple(of: samples * channels)
        else { throw NeuralNetsError.shape("logits and targets must both be [\(samples), \(channels), positions]") }
        let positions = logits.count / (samples * channels)
        return logits.withUnsafeBufferPointer { logits in
            targets.withUnsafeBufferPointer { targets in
                (0..<samples).map { sample in
                    let range = sample * channels * positions..<(sample + 1) * channels * positions
                    return scores(
                        UnsafeBufferPointer(rebasing: logits[range]), UnsafeBufferPointer(rebasing: targets[range]),
                        channels, positions, output)
                }
            }
        }
    }

    private static func scores(
        _ logits: UnsafeBufferPointer<Float>, _ targets: UnsafeBufferPointer<Float>, _ channels: Int, _ positions: Int,
        _ output: UNetConfiguration.Output
    ) -> [Double] {
        let first = output == .softmax ? 1 : 0
        var both = [Int](repeating: 0, count: channels)
        var either = both
        for position in 0..<positions {
            var largest = 0
            if output == .softmax {
                for channel in 1..<channels
                where logits[channel * positions + position] > logits[largest * positions + position] {
                    largest = channel
                }
            }
            for channel in first..<channels {
                let place = channel * positions + position
                let isPredicted = output == .softmax ? channel == largest : logits[place] > 0
                let isWanted = targets[place] > 0.5
                both[channel] += isPredicted && isWanted ? 1 : 0
                either[channel] += (isPredicted ? 1 : 0) + (isWanted ? 1 : 0)
            }
        }
        return (first..<channels).map { either[$0] == 0 ? 1 : 2 * Double(both[$0]) / Double(either[$0]) }
    }
}
