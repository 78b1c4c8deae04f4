import NeuralNets

/// A complete curve, ready to train on.
struct TrainingExample {
    let curve: Curve
    let context: RunContext
    let features: SurrogateFeatures
    /// The final DSC.
    let outcome: Double

    /// Nil for an invalid or incomplete curve, or one of fewer than 5 points.
    init?(_ finished: FinishedCurve) {
        guard (try? finished.context.validate()) != nil,
            let curve = try? Curve(finished.points, totalEpochs: finished.context.totalEpochs),
            curve.isComplete, curve.points.count >= 5
        else { return nil }
        self.curve = curve
        context = finished.context
        features = SurrogateFeatures(curve, context: finished.context)
        outcome = curve.finalDSC
    }

    /// One step of training on a batch: the mean pinball loss over the steps of each curve but its last, where nothing
    /// is left to forecast, then over the curves.
    static func step(
        _ trainer: LSTMTrainer, _ batch: [TrainingExample], learningRate: Float
    ) throws -> Float {
        let sequences = try LSTMSequences(batch.map(\.features.values), inputSize: SurrogateFeatures.count)
        let outputs = QuantileHead.count
        return try trainer.step(sequences, learningRate: learningRate) { output in
            var loss = 0.0
            var gradient = [Float](repeating: 0, count: output.count)
            for (index, example) in batch.enumerated() {
                let steps = max(1, example.features.bases.count - 1)
                let weight = 1 / Double(steps * batch.count * outputs)
                for step in 0..<steps {
                    let start = (index * sequences.steps + step) * outputs
                    let raw = output[start..<(start + outputs)]
                    let quantiles = QuantileHead.quantiles(base: example.features.bases[step], raw: raw)
                    var slopes: [Double] = []
                    for (probability, value) in zip(ForecastQuantiles.probabilities, quantiles) {
                        let error = example.outcome - value
                        let slope = error > 0 ? -probability : 1 - probability
                        loss -= weight * slope * error
                        // In units of 0.01 DSC, so that gradients stand at Adam's and the clip's scale.
                        slopes.append(100 * weight * slope)
                    }
                    gradient.replaceSubrange(
                        start..<(start + outputs), with: QuantileHead.backward(raw: raw, gradient: slopes))
                }
            }
            return (Float(loss), gradient)
        }
    }
}
