import Logging
import NeuralNets

extension TrainingRun {
    /// The network and where it stands: as the checkpoint has them or, where that is of no use, before the first step.
    /// The same steps give the same curve again, so that costs time alone.
    func begin(_ targets: ClassTargets) throws -> (UNetTrainer, RunProgress) {
        if claim.checkpoint != nil {
            do {
                guard let bytes = try server.checkpoint(claim.run) else {
                    throw WorkerError.damaged("the server cannot find the checkpoint")
                }
                let (progress, network) = try RunProgress.unwrap(bytes)
                let trainer = try makeTrainer(targets)
                try trainer.restore(from: network)
                guard progress.fits(claim.run, stepsDone: trainer.stepsDone) else {
                    throw WorkerError.damaged("the checkpoint is of another run")
                }
                logger.info("resumed", metadata: ["epoch": "\(progress.epoch)", "step": "\(trainer.stepsDone)"])
                return (trainer, progress)
            } catch WorkerError.damaged(let detail) {
                logger.warning("begins anew", metadata: ["reason": "\(detail)"])
            } catch NeuralNetsError.unreadable(let detail) {
                logger.warning("begins anew", metadata: ["reason": "\(detail)"])
            }
        }
        return (try makeTrainer(targets), RunProgress())
    }

    private func makeTrainer(_ targets: ClassTargets) throws -> UNetTrainer {
        let training = claim.training
        guard let normalization = UNetConfiguration.Normalization(rawValue: training.normalization),
            let schedule = TrainingRecipe.Schedule(rawValue: training.schedule),
            let output = UNetConfiguration.Output(rawValue: training.output),
            let precision = Precision(rawValue: training.precision ?? Precision.fp32.rawValue)
        else { throw WorkerError.hopeless("this worker does not know the recipe; is it older than the server?") }
        do {
            return try UNetTrainer(
                configuration: UNetConfiguration(
                    dimensions: claim.dataset.dimensions, inChannels: claim.dataset.channels,
                    outChannels: targets.planes, layers: claim.run.depth, normalization: normalization, output: output),
                recipe: TrainingRecipe(
                    learningRate: Float(training.learningRate), schedule: schedule,
                    totalSteps: claim.run.epochsTotal * claim.run.stepsPerEpoch),
                batchSize: training.batchSize, size: Array(claim.sampleSize.suffix(claim.dataset.dimensions)),
                seed: UInt64(claim.run.seed), threads: configuration.threads,
                instructions: configuration.instructions, precision: precision)
        } catch let error as NeuralNetsError {
            throw WorkerError.hopeless("the network cannot be built: \(error)")
        }
    }
}
