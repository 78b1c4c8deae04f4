import Datasets
import Foundation
import Logging
import NeuralNets

/// Trains one claimed run from where its last attempt left off to its end, or until it is told to stop early.
struct TrainingRun {
    let claim: Claim
    let server: ServerConnection
    let heartbeat: Heartbeat
    let stopSignal: StopSignal
    let configuration: WorkerConfiguration
    let logger: Logger

    /// - Throws: `WorkerError.stopped` or `.paused` after a checkpoint was saved, `.lost` at once when the run was taken back,
    ///   `.hopeless` when no attempt could succeed.
    func train() throws {
        try claim.validate()
        let data = try loadData()
        let targets = try targets(data.classes)
        let (trainer, start) = try begin(targets)
        var progress = start
        let feed = BatchFeed(
            batchMaker(data, targets), steps: trainer.stepsDone..<claim.run.epochsTotal * claim.run.stepsPerEpoch)
        defer { feed.end() }
        while progress.epoch < claim.run.epochsTotal, !heartbeat.isToStopEarly {
            // Windows side by side: after each epoch, half the overlap along each axis would cost eight times as much of a
            // large volume, which is more than the epoch itself.
            try trainEpoch(trainer, feed, &progress) {
                try evaluate(claim.cases.validation, trainer, data, targets, windowOverlap: 0)
            }
        }
        let isEarly = progress.epoch < claim.run.epochsTotal
        let test = try evaluate(claim.cases.test, trainer, data, targets, windowOverlap: 0.5)
        let model = ModelFile(
            claim: claim, classes: data.classes, configuration: trainer.configuration, steps: trainer.stepsDone)
        try server.save(try model.bytes(trainer.exportSafetensors()), claim.run)
        logger.debug("weights kept")
        try server.finish(
            FinishReport(
                attempt: claim.run.attempt, testDsc: test.meanScore, testDscSd: test.scoreDeviation,
                testCases: test.scores.count,
                testDscByClass: zip(data.classes, test.meanByClass).map { .init(name: $0.name, dsc: $1) },
                stoppedEarly: isEarly ? true : nil),
            claim.run)
        logger.info(isEarly ? "stopped early" : "finished", metadata: ["test_dsc": "\(test.meanScore)"])
    }

    private func loadData() throws -> TrainingData {
        let manifest = try server.manifest(ofDataset: claim.dataset.id)
        do {
            return try DatasetLoader(cacheDirectory: configuration.cacheDirectory).load(
                claim, manifest: manifest,
                shouldStop: { stopSignal.isStopped || heartbeat.isLost || heartbeat.isPaused })
        } catch WorkerError.stopped {
            try checkGoingOn()
            throw WorkerError.stopped
        }
    }

    private func trainEpoch(
        _ trainer: UNetTrainer, _ feed: BatchFeed, _ progress: inout RunProgress, validate: () throws -> Evaluation
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
                if heartbeat.isToStopEarly { return }
                progress.lossSum += Double(try step(trainer, feed))
                progress.stepInEpoch += 1
            }
            validation = try validate()
        } catch let error as WorkerError where error.endsWithCheckpoint {
            progress.seconds = elapsed()
            // Before an epoch's first step the server has this state already, or needs none.
            if progress.stepInEpoch > 0 { try save(trainer, progress) }
            throw error
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
        heartbeat.take(try server.report(record, claim.run))
        logger.debug("record kept", metadata: ["epoch": "\(record.epoch)"])
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
    private func step(_ trainer: UNetTrainer, _ feed: BatchFeed) throws -> Float {
        let batch = try feed.next()
        let loss = try trainer.step(images: batch.images, targets: batch.targets)
        feed.giveBack(consume batch)
        guard loss.isFinite else {
            throw WorkerError.hopeless(
                "the loss became \(loss) at step \(trainer.stepsDone): lower the learning rate (it is \(claim.training.learningRate))"
            )
        }
        configuration.afterStep?(trainer.stepsDone)
        logger.trace("step", metadata: ["step": "\(trainer.stepsDone)", "loss": "\(loss)"])
        return loss
    }

    private func save(_ trainer: UNetTrainer, _ progress: RunProgress) throws {
        heartbeat.take(
            try server.save(
                try progress.wrap(trainer.checkpoint()), epoch: progress.epoch, step: trainer.stepsDone, claim.run))
        logger.debug("checkpoint kept", metadata: ["epoch": "\(progress.epoch)", "step": "\(trainer.stepsDone)"])
    }

    func checkGoingOn() throws {
        if heartbeat.isLost { throw WorkerError.lost }
        if stopSignal.isStopped { throw WorkerError.stopped }
        if heartbeat.isPaused { throw WorkerError.paused }
    }
}
