import Foundation

/// The run that both sides answer, as `HummingbirdRun` has it.
enum StoredRun {
    static func load(_ id: String) -> RunBody {
        RunBody(
            id: id, sweepID: "sw_3k9x2mq8vt1b", state: "running", size: 400, fraction: 0.5, depth: 5, seed: 1,
            attempt: 1, failures: 0, epochs: .init(done: 17, total: 60), stepsPerEpoch: 50,
            last: EpochBody(
                epoch: 17, trainLoss: 0.2134816497564316, valLoss: 0.2519183456897736, valDSC: 0.7793421149253845,
                learningRate: 0.0008212, seconds: 11.482, imagesSeen: 13600),
            bestValDSC: 0.7812004685401917, earlyStop: nil, testDSC: nil, testDSCSD: nil, testCases: nil,
            testDSCByClass: nil, model: nil, notBefore: nil, pause: nil, parameterCount: 6_498_131,
            subsetHash: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", worker: "local-1",
            error: nil, reason: nil, createdAt: Date(timeIntervalSince1970: 1_767_225_600.125),
            startedAt: Date(timeIntervalSince1970: 1_767_225_612.5), finishedAt: nil)
    }
}
