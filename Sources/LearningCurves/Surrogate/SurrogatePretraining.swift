import Foundation
import NeuralNets

/// Trains a ``Surrogate`` on curves of the ``CurvePrior`` alone, every batch of new ones.
public struct SurrogatePretraining: Sendable {
    /// Batches that every member sees. The default takes some fifty minutes on one core.
    public var steps = 40_000
    public var batchSize = 64
    /// Of Adam; rises over the first 50 steps, then falls to 0 along half a cosine.
    var peakLearningRate = 0.004

    public init() {}

    /// The same seed gives the same weights to the bit on the same kind of processor.
    ///
    /// - parameter progress: told the step that is done and the mean loss of its batch, in units of the curves' scales.
    public func train(seed: UInt64, progress: (_ step: Int, _ loss: Double) -> Void = { _, _ in }) throws -> Surrogate {
        var prior = CurvePrior(seed: seed)
        var seeds = SeededGenerator(seed: seed)
        let configuration = try Surrogate.configuration()
        let trainers = (0..<Surrogate.members).map { _ in
            var model = LSTM(configuration: configuration, seed: seeds.next())
            model.setHeadBias(QuantileHead.initialBias)
            return LSTMTrainer(model: model)
        }
        for step in 0..<steps {
            var batch: [TrainingExample] = []
            while batch.count < batchSize {
                if let example = TrainingExample(prior.next()) { batch.append(example) }
            }
            let rate =
                peakLearningRate * min(1, Double(step + 1) / 50) * (1 + cos(.pi * Double(step) / Double(steps))) / 2
            var loss = 0.0
            for trainer in trainers {
                loss += Double(try TrainingExample.step(trainer, batch, learningRate: Float(rate)))
            }
            progress(step + 1, loss / Double(trainers.count))
        }
        return try Surrogate(
            version: 0, provenance: "plateau surrogate train --seed \(seed) --steps \(steps)",
            models: trainers.map(\.model))
    }
}
