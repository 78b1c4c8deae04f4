import Foundation
import Storage

extension RunBody {
    /// - Throws: `DecodingError` where what is stored of the run is not what this program writes.
    init(_ run: RunRecord, logTail: String? = nil) throws {
        let byClass = try run.testDSCByClassJSON.map {
            try JSONDecoder().decode([ClassScore].self, from: Data($0.utf8))
        }
        let isMeasured = run.state != .stoppedEarly
        self.init(
            id: run.id, sweepID: run.sweepID, state: run.state.rawValue, size: run.size, fraction: run.fraction,
            depth: run.depth, seed: run.seed, attempt: run.attempt, failures: run.failures,
            epochs: .init(done: run.epochsDone, total: run.epochsTotal), stepsPerEpoch: run.stepsPerEpoch,
            last: run.last.map(EpochBody.init), bestValDSC: run.bestValDSC,
            earlyStop: EarlyStopBody(run), testDSC: isMeasured ? run.testDSC : nil,
            testDSCSD: isMeasured ? run.testDSCSD : nil, testCases: run.testCases, testDSCByClass: byClass,
            model: run.model.map { Model(bytes: $0.bytes, sha256: $0.sha256) }, notBefore: run.notBefore,
            pause: run.pause?.rawValue, parameterCount: run.parameterCount, subsetHash: run.subsetHash,
            worker: run.worker,
            error: run.error.map { Failure(message: $0, logTail: logTail) }, reason: run.reason,
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

extension EarlyStopBody {
    /// Nil unless the run was stopped early.
    init?(_ run: RunRecord) {
        guard let final = FinalForecast(run), let stop = run.stop, let measured = run.testDSC else { return nil }
        self.init(
            forecast: Interval(value: final.value, low: final.low, high: final.high),
            modelVersion: stop.surrogateVersion, testDSC: measured, testDSCSD: run.testDSCSD)
    }
}
