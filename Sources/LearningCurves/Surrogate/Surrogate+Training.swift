import Foundation
import NeuralNets

extension Surrogate {
    /// How long to train, in numbers that don't depend on the machine.
    struct Effort {
        /// Passes over the training curves at most.
        var maximumPasses = 250
        /// Steps of the LSTM over all curves and passes at most; bounds the time to some seconds on one core.
        var maximumSteps = 1_500_000
        var batchSize = 8
        /// Of Adam at the start; falls to 0 along a half cosine.
        var peakLearningRate = 0.004
    }

    /// Trains on the newest 400 curves at most, and keeps the result only if its pinball loss on held-out runs (a fifth
    /// of the curves, at least 3, drawn by `seed`) is below that of the curve fits.
    ///
    /// Every prefix of every training curve is an example, each curve weighing the same. The same curves, version and
    /// seed give the same weights on the same kind of processor. Blocks the caller's thread for some seconds at most.
    ///
    /// - parameters:
    ///   - curves: complete curves, oldest first; incomplete and invalid ones are left out and counted.
    ///   - shouldStop: asked before every batch.
    public static func train(
        on curves: [FinishedCurve], version: Int, seed: UInt64, shouldStop: @Sendable () -> Bool = { false }
    ) -> TrainingOutcome {
        train(on: curves, version: version, seed: seed, effort: Effort(), shouldStop: shouldStop)
    }

    static func train(
        on curves: [FinishedCurve], version: Int, seed: UInt64, effort: Effort, shouldStop: @Sendable () -> Bool
    ) -> TrainingOutcome {
        var examples = curves.suffix(400).compactMap(TrainingExample.init)
        let skipped = curves.suffix(400).count - examples.count
        var generator = SeededGenerator(seed: seed)
        examples.shuffle(using: &generator)
        let heldOut = examples.prefix(max(3, examples.count / 5))
        var training = Array(examples.dropFirst(heldOut.count))

        func outcome(
            _ decision: TrainingOutcome.Decision, _ surrogate: Surrogate? = nil, losses: (Double, Double)? = nil
        ) -> TrainingOutcome {
            TrainingOutcome(
                decision: decision, surrogate: surrogate, trainingCurves: training.count,
                heldOutCurves: heldOut.count, skippedCurves: skipped,
                surrogateLoss: losses.flatMap { $0.0.isFinite ? $0.0 : nil },
                curveFitLoss: losses.flatMap { $0.1.isFinite ? $0.1 : nil })
        }
        guard examples.count >= minimumCurves, let configuration = try? configuration() else {
            return TrainingOutcome(
                decision: .tooFewCurves, surrogate: nil, trainingCurves: 0, heldOutCurves: 0, skippedCurves: skipped,
                surrogateLoss: nil, curveFitLoss: nil)
        }

        var model = LSTM(configuration: configuration, seed: generator.next())
        model.setHeadBias(QuantileHead.initialBias)
        let trainer = LSTMTrainer(model: model)
        let stepsPerPass = training.reduce(0) { $0 + $1.features.bases.count }
        let passes = min(effort.maximumPasses, max(1, effort.maximumSteps / stepsPerPass))
        let batches = (training.count + effort.batchSize - 1) / effort.batchSize
        for pass in 0..<passes {
            training.shuffle(using: &generator)
            for batch in 0..<batches {
                if shouldStop() { return outcome(.stopped) }
                let start = batch * effort.batchSize
                let part = training[start..<min(start + effort.batchSize, training.count)]
                let progress = Double(pass * batches + batch) / Double(passes * batches)
                let rate = effort.peakLearningRate * (1 + cos(.pi * progress)) / 2
                // The shapes are ours, so nothing can throw; a surrogate that failed to train loses the comparison.
                _ = try? TrainingExample.step(trainer, Array(part), learningRate: Float(rate))
            }
        }
        let surrogate = Surrogate(version: version, model: trainer.model)
        let losses = compare(surrogate, on: heldOut)
        let better = losses.0 < losses.1
        return outcome(better ? .kept : .notBetter, better ? surrogate : nil, losses: losses)
    }

    /// Mean pinball losses of the surrogate and of the curve fits; infinite where the surrogate gives no number.
    private static func compare(_ surrogate: Surrogate, on heldOut: ArraySlice<TrainingExample>) -> (Double, Double) {
        var losses = (surrogate: 0.0, fits: 0.0)
        var count = 0.0
        for example in heldOut {
            for share in [0.1, 0.2, 0.4, 0.6, 0.8] {
                let epoch = max(1, Int(share * Double(example.curve.totalEpochs)))
                guard let prefix = example.curve.prefix(through: epoch) else { continue }
                let forecast = surrogate.quantiles(prefix, context: example.context)
                losses.surrogate += forecast?.pinballLoss(outcome: example.outcome) ?? .infinity
                losses.fits += CurveFitForecast.quantiles(prefix).quantiles.pinballLoss(outcome: example.outcome)
                count += 1
            }
        }
        return count > 0 ? (losses.surrogate / count, losses.fits / count) : (.infinity, .infinity)
    }
}
