import NeuralNets

/// A complete curve, ready to train on.
struct TrainingExample {
    let curve: Curve
    let context: RunContext
    let features: SurrogateFeatures
    /// The final DSC.
    let outcome: Double

    /// Nil for an invalid or incomplete curve, or one of fewer than 3 points.
    init?(_ finished: FinishedCurve) {
        guard (try? finished.context.validate()) != nil,
            let curve = try? Curve(finished.points, totalEpochs: finished.context.totalEpochs),
            curve.isComplete, curve.points.count >= 3
        else { return nil }
        self.curve = curve
        context = finished.context
        features = SurrogateFeatures(curve, context: finished.context)
        outcome = curve.averaged(blocks: SurrogateFeatures.maximumBlocks).finalDSC
    }

    /// What is seen of it after a share of its epochs, 0…1, and so many of them at least; nil where that holds no point.
    func prefix(share: Double, atLeast epochs: Int = 1) -> Curve? {
        curve.prefix(through: max(epochs, Int(share * Double(curve.totalEpochs))))
    }

    /// What step counts for in the loss: the unit of the differences is each curve's own, and as much is asked at 1 to 3 %
    /// of a long run as at 33 to 99 %.
    private static func weight(step: Int) -> Double { 1 / Double(step + 3) }

    /// One step of training on a batch: the pinball loss, stretched as the quantiles are, over all steps but the last, where
    /// nothing is left to forecast.
    static func step(
        _ trainer: LSTMTrainer, _ batch: [TrainingExample], learningRate: Float
    ) throws -> Float {
        let sequences = try LSTMSequences(batch.map(\.features.values), inputSize: SurrogateFeatures.count)
        let outputs = QuantileHead.count
        let steps = batch.map { max(1, $0.features.bases.count - 1) }
        let total = steps.reduce(0) { $0 + (0..<$1).reduce(0) { $0 + weight(step: $1) } } * Double(outputs)
        return try trainer.step(sequences, learningRate: learningRate) { output in
            var loss = 0.0
            var gradient = [Float](repeating: 0, count: output.count)
            for (index, example) in batch.enumerated() {
                for step in 0..<steps[index] {
                    let start = (index * sequences.steps + step) * outputs
                    let raw = output[start..<(start + outputs)]
                    let weight = weight(step: step) / total
                    let target = QuantileHead.stretched(
                        example.outcome, base: example.features.bases[step], scale: example.features.scales[step])
                    var slopes: [Double] = []
                    for (probability, value) in zip(
                        ForecastQuantiles.probabilities, QuantileHead.quantiles(raw: raw))
                    {
                        let slope = target > value ? -probability : 1 - probability
                        loss -= weight * slope * (target - value)
                        slopes.append(weight * slope)
                    }
                    gradient.replaceSubrange(
                        start..<(start + outputs), with: QuantileHead.backward(raw: raw, gradient: slopes))
                }
            }
            return (Float(loss), gradient)
        }
    }
}
