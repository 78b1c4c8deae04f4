import Foundation
import Synchronization

@testable import Storage

/// A clock that a test moves.
final class ManualClock: Sendable {
    private let current = Mutex(Date(timeIntervalSince1970: 1_800_000_000))

    var now: Date { current.withLock { $0 } }

    func advance(_ seconds: Double) { current.withLock { $0 += seconds } }
}

/// A store in a folder of its own, removed with it.
final class TemporaryStore: Sendable {
    let folder: URL
    let clock = ManualClock()
    let store: Store

    init(maxFailures: Int = 5) throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "plateau-store-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        store = try Store(
            .init(path: folder.appending(path: "test.sqlite").path, now: clock.nowClosure, maxFailures: maxFailures))
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    var path: String { store.configuration.path }

    func addDataset(_ name: String = "set") async throws -> DatasetRecord {
        try await store.insert(
            NewDataset(
                name: name, path: "/data/" + name, layout: "image-mask", dimensions: 2, channels: 3,
                dataHash: String(repeating: "a", count: 64), factsJSON: "{}", splitJSON: "{\"train\":[]}",
                manifestJSON: "{\"cases\":[]}"))
    }

    /// A sweep of `runs` runs over a data set of its own.
    func addSweep(
        runs: Int, epochs: Int = 3, key: IdempotencyKey? = nil, name: String = UUID().uuidString.lowercased(),
        submitter: String = "tok_test", priority: Int = 0
    ) async throws -> SweepRecord {
        let dataset = try await addDataset(name)
        return try await store.insert(
            sweep(dataset, runs: runs, epochs: epochs, key: key, submitter: submitter, priority: priority)
        ).sweep
    }

    func sweep(
        _ dataset: DatasetRecord, runs: Int, epochs: Int = 3, key: IdempotencyKey? = nil,
        submitter: String = "tok_test", priority: Int = 0
    ) -> NewSweep {
        NewSweep(
            name: nil, datasetID: dataset.id, submitter: submitter, specificationJSON: "{}", priority: priority,
            runs: (0..<runs).map { index in
                .init(
                    size: index + 1, fraction: 0.5, depth: 3, seed: 0, subsetHash: "hash", stepsPerEpoch: 2,
                    epochsTotal: epochs, parameterCount: 10)
            }, idempotency: key)
    }

    /// Claims the next run, which must be there.
    func claim(_ worker: String = "w") async throws -> RunRecord {
        guard let run = try await store.claim(worker: worker, leaseSeconds: 20) else {
            throw StorageError.notFound(kind: "run to claim", id: "")
        }
        return run
    }

    static func epoch(_ number: Int, dsc: Double = 0.5) -> EpochRecord {
        EpochRecord(
            epoch: number, trainLoss: 1, valLoss: 1, valDSC: dsc, learningRate: 0.001, seconds: 2,
            imagesSeen: number * 16)
    }
}

extension ManualClock {
    var nowClosure: @Sendable () -> Date { { self.now } }
}
