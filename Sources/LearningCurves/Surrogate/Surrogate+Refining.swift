import Foundation
import NeuralNets

extension Surrogate {
    /// How long to refine, in numbers that don't depend on the machine.
    struct Effort {
        var steps = 200
        /// Finished curves, and as many of the prior so that what it knew is not forgotten.
        var curvesPerStep = 16
        /// Of Adam at the start; falls to 0 along half a cosine.
        var peakLearningRate = 0.001
    }

    /// Trains this surrogate further on the newest 400 curves at most, and keeps the result only if its pinball loss on
    /// held-out runs (a fifth of the curves, at least 3, drawn by `seed`) is below that of this one.
    ///
    /// Where this one has the program's own weights, which have seen none of the curves, it is tried as well with nothing but
    /// its intervals calibrated on the training curves. The intervals of a refined one that is kept are calibrated on the
    /// held-out runs, which it has not seen.
    ///
    /// Every prefix of every training curve is an example. The same curves, version and seed give the same weights on
    /// the same kind of processor. Blocks the caller's thread for about half a minute at most.
    ///
    /// - parameters:
    ///   - curves: complete curves, oldest first; incomplete and invalid ones are left out and counted.
    ///   - shouldStop: asked before every step.
    public func refined(
        on curves: [FinishedCurve], version: Int, seed: UInt64, shouldStop: @Sendable () -> Bool = { false }
    ) -> RefiningOutcome {
        refined(on: curves, version: version, seed: seed, effort: Effort(), shouldStop: shouldStop)
    }

    func refined(
        on curves: [FinishedCurve], version: Int, seed: UInt64, effort: Effort, shouldStop: @Sendable () -> Bool
    ) -> RefiningOutcome {
        let newest = curves.suffix(400)
        var examples = newest.compactMap(TrainingExample.init)
        let skipped = newest.count - examples.count
        func outcome(
            _ decision: RefiningOutcome.Decision, _ kept: Surrogate? = nil, training: Int = 0, heldOut: Int = 0,
            refinedLoss: Double = .infinity, currentLoss: Double = .infinity
        ) -> RefiningOutcome {
            RefiningOutcome(
                decision: decision, surrogate: kept, trainingCurves: training, heldOutCurves: heldOut,
                skippedCurves: skipped, refinedLoss: refinedLoss.isFinite ? refinedLoss : nil,
                currentLoss: currentLoss.isFinite ? currentLoss : nil)
        }
        guard examples.count >= Self.minimumCurves else { return outcome(.tooFewCurves) }
        var generator = SeededGenerator(seed: seed)
        examples.shuffle(using: &generator)
        let heldOut = Array(examples.prefix(max(3, examples.count / 5)))
        let training = Array(examples.dropFirst(heldOut.count))
        guard
            let refined = refined(
                on: training, version: version, effort: effort, using: &generator, shouldStop: shouldStop)
        else { return outcome(.stopped, training: training.count, heldOut: heldOut.count) }
        var best = (surrogate: refined.calibrated(on: heldOut, version: version), loss: refined.loss(on: heldOut))
        if hasShippedWeights {
            let calibrated = calibrated(on: training, version: version)
            let loss = calibrated.loss(on: heldOut)
            if loss < best.loss { best = (calibrated, loss) }
        }
        let currentLoss = loss(on: heldOut)
        let isBetter = best.loss < currentLoss
        return outcome(
            isBetter ? .kept : .notBetter, isBetter ? best.surrogate : nil, training: training.count,
            heldOut: heldOut.count, refinedLoss: best.loss, currentLoss: currentLoss)
    }

    /// This surrogate trained further on all the curves, unchecked: for those who judge it themselves.
    public func refinedUnchecked(on curves: [FinishedCurve], seed: UInt64) -> Surrogate {
        let examples = curves.compactMap(TrainingExample.init)
        var generator = SeededGenerator(seed: seed)
        guard !examples.isEmpty,
            let refined = refined(
                on: examples, version: version, effort: Effort(), using: &generator, shouldStop: { false })
        else { return self }
        return refined
    }

    /// Nil when asked to stop, or when training broke down.
    private func refined(
        on training: [TrainingExample], version: Int, effort: Effort, using generator: inout SeededGenerator,
        shouldStop: @Sendable () -> Bool
    ) -> Surrogate? {
        var prior = CurvePrior(seed: generator.next())
        let trainers = models.map { LSTMTrainer(model: $0) }
        for step in 0..<effort.steps {
            if shouldStop() { return nil }
            var batch = (0..<effort.curvesPerStep).map { _ in
                training[Int.random(in: training.indices, using: &generator)]
            }
            while batch.count < 2 * effort.curvesPerStep {
                if let example = TrainingExample(prior.next()) { batch.append(example) }
            }
            let rate = effort.peakLearningRate * (1 + cos(.pi * Double(step) / Double(effort.steps))) / 2
            for trainer in trainers {
                // The shapes are ours, so nothing can throw; a surrogate that failed to train loses the comparison.
                _ = try? TrainingExample.step(trainer, batch, learningRate: Float(rate))
            }
        }
        return try? Surrogate(
            version: version,
            provenance: "version \(self.version) (\(provenance.prefix(200))) refined on \(training.count) curves",
            models: trainers.map(\.model))
    }

    private var hasShippedWeights: Bool {
        zip(models, Surrogate.shipped.models).allSatisfy { $0.parameters == $1.parameters }
    }

    /// Mean pinball loss; infinite where it gives no number.
    private func loss(on heldOut: [TrainingExample]) -> Double {
        var losses: [Double] = []
        for example in heldOut {
            for share in [0.1, 0.2, 0.4, 0.6, 0.8] {
                guard let prefix = example.prefix(share: share) else { continue }
                losses.append(
                    quantiles(prefix, context: example.context)?.pinballLoss(outcome: example.outcome) ?? .infinity)
            }
        }
        return losses.isEmpty ? .infinity : mean(losses)
    }
}
