import Datasets
import Foundation
import Logging
import NeuralNets

/// Trains one claimed run from where its last attempt left off to its end.
struct TrainingRun {
    let claim: Claim
    let server: ServerConnection
    let heartbeat: Heartbeat
    let stopSignal: StopSignal
    let configuration: WorkerConfiguration
    let logger: Logger

    /// - Throws: `WorkerError.stopped` after a checkpoint was saved, `.lost` at once when the run was taken back,
    ///   `.hopeless` when no attempt could succeed.
    func train() throws {
        try claim.validate()
        let training = claim.training
        let data = try loadData()
        let (trainer, start) = try begin()
        var progress = start
        var schedule = BatchSchedule(
            cases: claim.cases.train.count, batchSize: training.batchSize, seed: UInt64(claim.run.seed))
        while progress.epoch < claim.run.epochsTotal {
            try trainEpoch(trainer, data, &schedule, &progress)
        }
        let test = try Evaluation(
            claim.cases.test, trainer: trainer, data: data, batchSize: training.batchSize, check: checkGoingOn)
        let model = ModelFile(claim: claim, configuration: trainer.configuration)
        try server.save(try model.bytes(trainer.exportSafetensors()), claim.run)
        try server.finish(
            FinishReport(
                attempt: claim.run.attempt, testDsc: test.meanScore, testDscSd: test.scoreDeviation,
                testCases: test.scores.count, testDscByClass: [.init(name: "foreground", dsc: test.meanScore)]),
            claim.run)
        logger.info("finished", metadata: ["test_dsc": "\(test.meanScore)"])
    }

    private func loadData() throws -> PackedDataset {
        let manifest = try server.manifest(ofDataset: claim.dataset.id)
        do {
            return try DatasetLoader(cacheDirectory: configuration.cacheDirectory).load(
                claim, manifest: manifest, shouldStop: { stopSignal.isStopped || heartbeat.isLost })
        } catch WorkerError.stopped {
            try checkGoingOn()
            throw WorkerError.stopped
        }
    }

    /// The network and where it stands: as the checkpoint has them or, where that is of no use, before the first step.
    /// The same steps give the same curve again, so that costs time alone.
    private func begin() throws -> (UNetTrainer, RunProgress) {
        if claim.checkpoint != nil {
            do {
                guard let bytes = try server.checkpoint(claim.run) else {
                    throw WorkerError.damaged("the server cannot find the checkpoint")
                }
                let (progress, network) = try RunProgress.unwrap(bytes)
                let trainer = try makeTrainer()
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
        return (try makeTrainer(), RunProgress())
    }

    private func makeTrainer() throws -> UNetTrainer {
        let training = claim.training
        guard let normalization = UNetConfiguration.Normalization(rawValue: training.normalization),
            let schedule = TrainingRecipe.Schedule(rawValue: training.schedule)
        else { throw WorkerError.hopeless("this worker does not know the recipe; is it older than the server?") }
        do {
            return try UNetTrainer(
                configuration: UNetConfiguration(
                    inChannels: claim.dataset.channels, outChannels: 1, layers: claim.run.depth,
                    normalization: normalization),
                recipe: TrainingRecipe(
                    learningRate: Float(training.learningRate), schedule: schedule,
                    totalSteps: claim.run.epochsTotal * claim.run.stepsPerEpoch),
                batchSize: training.batchSize, height: training.imageSize[0], width: training.imageSize[1],
                seed: UInt64(claim.run.seed), threads: configuration.threads)
        } catch let error as NeuralNetsError {
            throw WorkerError.hopeless("the network cannot be built: \(error)")
        }
    }

    private func trainEpoch(
        _ trainer: UNetTrainer, _ data: PackedDataset, _ schedule: inout BatchSchedule, _ progress: inout RunProgress
    ) throws {
        let clock = ContinuousClock()
        let start = clock.now
        let before = progress.seconds
        func elapsed() -> Double {
            let spent = (clock.now - start).components
            return before + Double(spent.seconds) + Double(spent.attoseconds) / 1e18
        }
        let validation: Evaluation
        do {
            while progress.stepInEpoch < claim.run.stepsPerEpoch {
                try checkGoingOn()
                progress.lossSum += Double(try step(trainer, data, &schedule))
                progress.stepInEpoch += 1
            }
            validation = try Evaluation(
                claim.cases.validation, trainer: trainer, data: data, batchSize: claim.training.batchSize,
                check: checkGoingOn)
        } catch WorkerError.stopped {
            progress.seconds = elapsed()
            // Before an epoch's first step the server has this state already, or needs none.
            if progress.stepInEpoch > 0 { try save(trainer, progress) }
            throw WorkerError.stopped
        }
        guard validation.meanLoss.isFinite else {
            throw WorkerError.hopeless(
                "the validation loss became \(validation.meanLoss) after step \(trainer.stepsDone): lower the learning rate"
            )
        }
        let record = EpochReport(
            epoch: progress.epoch + 1, trainLoss: progress.lossSum / Double(claim.run.stepsPerEpoch),
            valLoss: validation.meanLoss, valDsc: validation.meanScore,
            learningRate: Double(trainer.recipe.rate(at: trainer.stepsDone - 1)), seconds: elapsed(),
            imagesSeen: trainer.stepsDone * claim.training.batchSize)
        // The record first: a checkpoint may never be ahead of the curve, or a resumed run would leave a gap. A record
        // that is sent again after a crash is the same to the bit, and the server keeps the first.
        try server.report(record, claim.run)
        progress = RunProgress(epoch: record.epoch)
        try save(trainer, progress)
        logger.info(
            "epoch",
            metadata: [
                "epoch": "\(record.epoch)/\(claim.run.epochsTotal)", "train_loss": "\(record.trainLoss)",
                "val_dsc": "\(record.valDsc)", "seconds": "\(record.seconds)",
            ])
    }

    /// - Returns: the loss.
    private func step(_ trainer: UNetTrainer, _ data: PackedDataset, _ schedule: inout BatchSchedule) throws -> Float {
        let ids = schedule.batch(step: trainer.stepsDone).map { claim.cases.train[$0] }
        let (images, masks) = try data.batch(ids)
        let loss = try trainer.step(images: images, targets: masks)
        guard loss.isFinite else {
            throw WorkerError.hopeless(
                "the loss became \(loss) at step \(trainer.stepsDone): lower the learning rate (it is \(claim.training.learningRate))"
            )
        }
        configuration.afterStep?(trainer.stepsDone)
        return loss
    }

    private func save(_ trainer: UNetTrainer, _ progress: RunProgress) throws {
        try server.save(
            try progress.wrap(trainer.checkpoint()), epoch: progress.epoch, step: trainer.stepsDone, claim.run)
    }

    private func checkGoingOn() throws {
        if heartbeat.isLost { throw WorkerError.lost }
        if stopSignal.isStopped { throw WorkerError.stopped }
    }
}
