import Foundation
import GRDB
import Locks

@testable import Storage

/// A clock that a test moves.
final class ManualClock: Sendable {
    private let current = Guarded(Date(timeIntervalSince1970: 1_800_000_000))

    private let passed = Guarded(Duration.zero)

    var now: Date { current.withLock { $0 } }
    /// Of the clock that nobody sets.
    var uptime: Duration { passed.withLock { $0 } }

    func advance(_ seconds: Double) {
        set(forward: seconds)
        passed.withLock { $0 += .seconds(seconds) }
    }

    /// Someone sets the wall clock.
    func set(forward seconds: Double) { current.withLock { $0 += seconds } }
}

/// A store in a folder of its own, removed with it.
final class TemporaryStore: Sendable {
    let folder: URL
    let clock = ManualClock()
    let store: Store

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "plateau-store-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        store = try Store(Self.configuration(folder.appending(path: "test.sqlite").path, clock))
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    var path: String { store.configuration.path }

    /// The longest pauses that there may be between attempts.
    private static func configuration(_ path: String, _ clock: ManualClock) -> Store.Configuration {
        .init(path: path, now: { clock.now }, uptime: { clock.uptime }, jitter: { 1.0.nextDown })
    }

    /// The store of a server that is started on the same database.
    func reopened() throws -> Store { try Store(Self.configuration(path, clock)) }

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
        submitter: String = "tok_test", priority: Int = 0, retry: RetryPolicy = RetryPolicy(backoffSeconds: 0),
        limits: SweepLimits = SweepLimits()
    ) async throws -> SweepRecord {
        let dataset = try await addDataset(name)
        return try await store.insert(
            sweep(
                dataset, runs: runs, epochs: epochs, key: key, submitter: submitter, priority: priority, retry: retry,
                limits: limits)
        ).sweep
    }

    func sweep(
        _ dataset: DatasetRecord, runs: Int, epochs: Int = 3, key: IdempotencyKey? = nil,
        submitter: String = "tok_test", priority: Int = 0, retry: RetryPolicy = RetryPolicy(backoffSeconds: 0),
        limits: SweepLimits = SweepLimits()
    ) -> NewSweep {
        NewSweep(
            name: nil, datasetID: dataset.id, submitter: submitter, specificationJSON: "{}", priority: priority,
            retry: retry, limits: limits,
            runs: (0..<runs).map { index in
                .init(
                    size: index + 1, fraction: 0.5, depth: 3, seed: 0, subsetHash: "hash", stepsPerEpoch: 2,
                    epochsTotal: epochs, parameterCount: 10)
            }, idempotency: key)
    }

    /// Claims the next run, which must be there, and takes it up as a worker does with its first heartbeat.
    func claim(_ worker: String = "w") async throws -> RunRecord {
        guard let run = try await store.claim(worker: worker, leaseSeconds: 20) else {
            throw StorageError.notFound(kind: "run to claim", id: "")
        }
        try await store.heartbeat(run: run.id, attempt: run.attempt, leaseSeconds: 20)
        return try await store.run(run.id)
    }

    static func epoch(_ number: Int, dsc: Double = 0.5) -> EpochRecord {
        EpochRecord(
            epoch: number, trainLoss: 1, valLoss: 1, valDSC: dsc, learningRate: 0.001, seconds: 2,
            imagesSeen: number * 16)
    }
}

extension Store {
    /// Whether what the triggers count of each submitter's runs in training is what there is.
    func countsRunsInTraining() async throws -> Bool {
        try await pool.read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT in_training,
                        (SELECT count(*) FROM run WHERE submitter = submitter.id AND state = 'running') AS counted
                    FROM submitter
                    """
            ).allSatisfy { $0["in_training"] as Int == $0["counted"] }
        }
    }
}
