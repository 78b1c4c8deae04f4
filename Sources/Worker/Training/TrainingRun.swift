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
        let training = claim.training
        guard training.imageSize.count == 2, !claim.cases.train.isEmpty, !claim.cases.validation.isEmpty,
            !claim.cases.test.isEmpty
        else { throw WorkerError.hopeless("the claim lacks an image size or cases") }
        let data = try DatasetLoader(cacheDirectory: configuration.cacheDirectory).load(
            claim, manifest: try server.manifest(ofDataset: claim.dataset.id),
            shouldStop: { stopSignal.isStopped || heartbeat.isLost })
        let trainer = try makeTrainer(training)
        var progress = RunProgress()
        if claim.checkpoint != nil {
            let (saved, network) = try RunProgress.unwrap(try server.checkpoint(claim.run))
            try trainer.restore(from: network)
            progress = saved
            logger.info("resumed", metadata: ["epoch": "\(progress.epoch)", "step": "\(trainer.stepsDone)"])
        }
        var schedule = BatchSchedule(
            cases: claim.cases.train.count, batchSize: training.batchSize, seed: UInt64(claim.run.seed))
        while progress.epoch < claim.run.epochsTotal {
            try trainEpoch(trainer, data, &schedule, &progress)
        }
        let test = try Evaluation(
            claim.cases.test, trainer: trainer, data: data, batchSize: training.batchSize, check: checkHeld)
        try server.finish(
            FinishReport(
                attempt: claim.run.attempt, testDsc: test.meanScore, testDscSd: test.scoreDeviation,
                testCases: test.scores.count),
            claim.run)
        logger.info("finished", metadata: ["test_dsc": "\(test.meanScore)"])
    }

    private func makeTrainer(_ training: Claim.Training) throws -> UNetTrainer {
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
        var rate = trainer.learningRate
        while progress.stepInEpoch < claim.run.stepsPerEpoch {
            try checkHeld()
            if stopSignal.isStopped {
                progress.seconds = elapsed()
                try save(trainer, progress)
                throw WorkerError.stopped
            }
            rate = trainer.learningRate
            let ids = schedule.batch(step: trainer.stepsDone).map { claim.cases.train[$0] }
            let (images, masks) = try data.batch(ids)
            let loss = try trainer.step(images: images, targets: masks)
            guard loss.isFinite else {
                throw WorkerError.hopeless(
                    "the loss became \(loss) at step \(trainer.stepsDone): lower the learning rate (it is \(claim.training.learningRate))")
            }
            progress.lossSum += Double(loss)
            progress.stepInEpoch += 1
        }
        let validation = try Evaluation(
            claim.cases.validation, trainer: trainer, data: data, batchSize: claim.training.batchSize, check: checkHeld)
        guard validation.meanLoss.isFinite else {
            throw WorkerError.hopeless(
                "the validation loss became \(validation.meanLoss) after step \(trainer.stepsDone): lower the learning rate")
        }
        let record = EpochReport(
            epoch: progress.epoch + 1, trainLoss: progress.lossSum / Double(claim.run.stepsPerEpoch),
            valLoss: validation.meanLoss, valDsc: validation.meanScore, learningRate: Double(rate),
            seconds: elapsed(), imagesSeen: trainer.stepsDone * claim.training.batchSize)
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

    private func save(_ trainer: UNetTrainer, _ progress: RunProgress) throws {
        try server.save(
            try progress.wrap(trainer.checkpoint()), epoch: progress.epoch, step: trainer.stepsDone, claim.run)
    }

    private func checkHeld() throws {
        if heartbeat.isLost { throw WorkerError.lost }
    }
}
