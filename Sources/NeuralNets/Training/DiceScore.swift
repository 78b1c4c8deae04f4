/// Dice similarity coefficient (Dice 1945): 2·|A∩B| / (|A| + |B|).
public enum DiceScore {
    /// DSC of each sample, from logits [N, P] (foreground where positive, that is probability above one half) and
    /// targets in {0, 1}. Two empty masks agree: 1; a single empty one gives 0.
    ///
    /// - Throws: `NeuralNetsError.shape` when the counts do not fit.
    public static func perSample(logits: [Float], targets: [Float], samples: Int) throws -> [Double] {
        guard samples > 0, logits.count == targets.count, logits.count.isMultiple(of: samples) else {
            throw NeuralNetsError.shape("logits and targets must both be [\(samples), positions]")
        }
        let positions = logits.count / samples
        return (0..<samples).map { sample in
            var both = 0
            var predicted = 0
            var wanted = 0
            for index in sample * positions..<(sample + 1) * positions {
                let isPredicted = logits[index] > 0
                let isWanted = targets[index] > 0.5
                both += isPredicted && isWanted ? 1 : 0
                predicted += isPredicted ? 1 : 0
                wanted += isWanted ? 1 : 0
            }
            return predicted + wanted == 0 ? 1 : 2 * Double(both) / Double(predicted + wanted)
        }
    }
}
