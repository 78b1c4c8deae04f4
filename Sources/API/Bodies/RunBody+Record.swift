import Storage

extension RunBody {
    init(_ run: RunRecord) {
        self.init(
            id: run.id, sweepID: run.sweepID, state: run.state.rawValue, size: run.size, fraction: run.fraction,
            depth: run.depth, seed: run.seed, attempt: run.attempt, failures: run.failures,
            epochs: .init(done: run.epochsDone, total: run.epochsTotal), stepsPerEpoch: run.stepsPerEpoch,
            last: run.last.map(EpochBody.init), bestValDSC: run.bestValDSC, testDSC: run.testDSC,
            testDSCSD: run.testDSCSD, testCases: run.testCases, parameterCount: run.parameterCount,
            subsetHash: run.subsetHash, worker: run.worker, error: run.error.map(Failure.init),
            createdAt: run.createdAt, startedAt: run.startedAt, finishedAt: run.finishedAt)
    }
}

extension EpochBody {
    init(_ epoch: EpochRecord) {
        self.init(
            epoch: epoch.epoch, trainLoss: epoch.trainLoss, valLoss: epoch.valLoss, valDSC: epoch.valDSC,
            learningRate: epoch.learningRate, seconds: epoch.seconds, imagesSeen: epoch.imagesSeen)
    }
}
