import Datasets
import Foundation
import TestSupport

@testable import Worker

/// A run as the server hands it out.
struct RunScript: Sendable {
    var id = "run"
    var attempt = 1
    var depth = 2
    var seed = 7
    var epochs = 2
    var stepsPerEpoch = 3
    var batchSize = 2
    var learningRate = 1e-3
    /// By default that of the data set.
    var output: String?
    /// Of volumes.
    var patchSize = [12, 10, 14]
    var spacing: [Double]?
    var augmentation = AugmentationRecipe()
    /// Long enough that no heartbeat but the first comes within a test.
    var leaseSeconds = 3600.0
    var dataset: TinyStudy

    private func object(_ value: some Encodable) throws -> Any {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        return try JSONSerialization.jsonObject(with: try encoder.encode(value))
    }

    func with(_ change: (inout RunScript) -> Void) -> RunScript {
        var copy = self
        change(&copy)
        return copy
    }

    /// The answer to a claim, with every field that the server sends.
    func claim(_ checkpoint: ScriptedServer.Checkpoint?) throws -> [UInt8] {
        let body: [String: Any] = [
            "run": [
                "id": id, "sweep_id": "sweep", "attempt": attempt, "size": dataset.train.count, "depth": depth,
                "seed": seed, "epochs_total": epochs, "epochs_done": checkpoint?.epoch ?? 0,
                "steps_per_epoch": stepsPerEpoch,
            ],
            "training": [
                "image_size": dataset.isVolumes ? NSNull() : [16, 16] as Any, "batch_size": batchSize,
                "budget": "steps", "epochs": epochs,
                "steps_per_epoch": stepsPerEpoch, "learning_rate": learningRate, "schedule": "cosine",
                "normalization": "batch", "output": output ?? (dataset.isVolumes ? "softmax" : "sigmoid"),
                "augmentation": try object(augmentation),
                "patch_size": dataset.isVolumes ? patchSize : NSNull() as Any,
                "spacing": spacing ?? NSNull() as Any,
                "foreground_oversampling": dataset.isVolumes ? 0.33 : NSNull() as Any,
            ],
            "dataset": [
                "id": "dataset", "path": dataset.root, "data_hash": dataset.dataHash,
                "dimensions": dataset.manifest.dimensions, "channels": dataset.manifest.channels,
                "classes": dataset.manifest.classes.map {
                    ["name": $0.name, "values": $0.values] as [String: Any]
                },
            ],
            "cases": ["train": dataset.train, "validation": dataset.validation, "test": dataset.test],
            "lease_seconds": leaseSeconds,
            "checkpoint": checkpoint.map {
                ["epoch": $0.epoch, "step": $0.step, "bytes": $0.bytes.count, "sha256": ""] as [String: Any]
            } as Any? ?? NSNull(),
        ]
        return [UInt8](try JSONSerialization.data(withJSONObject: body))
    }
}

/// Ten generated images, or volumes, and workers with a cache of their own.
struct TinyStudy: Sendable {
    let folder: TemporaryFolder
    let root: String
    let manifest: DatasetManifest
    /// As the claim tells it.
    var dataHash: String
    var train: [String]
    var validation: [String]
    var test: [String]

    let isVolumes: Bool

    init(volumes: Bool = false) throws {
        isVolumes = volumes
        folder = try TemporaryFolder()
        root = folder.url.resolvingSymlinksInPath().appending(path: "drawn").path
        if volumes {
            try SyntheticVolumes(count: 10, size: 16, difficulty: 0.1, seed: 5).write(to: root)
        } else {
            try SyntheticDataset(count: 10, height: 20, width: 20, difficulty: 0.1, seed: 5).write(to: root)
        }
        manifest = try DatasetScanner().scan(root: root, layout: volumes ? .msd : .imageMask).manifest
        dataHash = manifest.dataHash
        let ids = manifest.cases.map(\.id)
        train = Array(ids[..<5])
        validation = Array(ids[5..<8])
        test = Array(ids[8...])
    }

    var cacheDirectory: String { folder.url.appending(path: "cache").path }

    var augmentation = AugmentationRecipe()

    var run: RunScript { RunScript(augmentation: augmentation, dataset: self) }

    func server() throws -> ScriptedServer {
        ScriptedServer(manifest: [UInt8](try JSONEncoder().encode(manifest)))
    }

    func worker(
        _ port: Int, _ journal: Journal, _ change: (inout WorkerConfiguration) -> Void = { _ in }
    ) -> TrainingWorker {
        var configuration = WorkerConfiguration(
            server: "http://127.0.0.1:\(port)", token: ScriptedServer.token, threads: 1,
            cacheDirectory: cacheDirectory, name: "tester")
        change(&configuration)
        return TrainingWorker(configuration: configuration, logger: journal.logger)
    }

    /// Lets a worker train what the server hands out until nothing is left.
    func drain(
        _ server: ScriptedServer, _ port: Int, _ change: (inout WorkerConfiguration) -> Void = { _ in }
    ) async throws {
        let worker = worker(port, server.journal, change)
        let before = server.journal.events.count { $0 == .idle }
        async let running: Void = onThread { try worker.run() }
        await server.journal.wait(count: before + 1) { $0 == .idle }
        worker.stop()
        try await running
    }
}

/// What a run must give whatever happens to it.
struct Outcome: Sendable, Equatable {
    /// By epoch, without wall times.
    var curve: [EpochReport] = []
    var scores: [Event.Score] = []
    /// Fingerprints of the models sent.
    var weights: [UInt64] = []

    /// - Throws: `Contradiction` when an epoch is told twice and differently.
    init(_ events: [Event], run: String = "run") throws {
        for event in events {
            switch event {
            case .epoch(run, _, var record):
                record.seconds = 0
                if record.epoch <= curve.count {
                    guard curve[record.epoch - 1] == record else { throw Contradiction(epoch: record.epoch) }
                } else {
                    curve.append(record)
                }
            case .model(run, _, let fingerprint): weights.append(fingerprint)
            case .finish(run, _, let score): scores.append(score)
            default: break
            }
        }
    }

    struct Contradiction: Error {
        var epoch: Int
    }
}
