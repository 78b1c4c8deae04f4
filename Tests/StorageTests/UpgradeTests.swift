import Foundation
import GRDB
import Testing

@testable import Storage

/// What older programs left goes on under this one. `OlderSchemas/N.sql` is the dump of a database that the store of the
/// time wrote when it knew N migrations: tokens, one of them revoked, a cancelled sweep, and a sweep whose runs have
/// succeeded, failed, are in training, were handed back with a checkpoint, and wait; then, as far as the store knew of them,
/// a paused sweep, limits, the checkpoint before the newest, an audit, the order to stop the run in training early, a plan
/// of the cancelled sweep, and an imported curve.
@Suite struct UpgradeTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "OlderSchemas")
    private static let versions = 1...13
    private static let clockStart = Date(timeIntervalSince1970: 1_790_001_000)

    /// Opens a copy of an older database.
    private func open(_ version: Int, in folder: URL) throws -> Store {
        let path = folder.appending(path: "old.sqlite").path
        do {
            let old = try DatabaseQueue(path: path)
            let dump = try String(contentsOf: Self.folder.appending(path: "\(version).sql"), encoding: .utf8)
            try old.writeWithoutTransaction { try $0.execute(sql: dump) }
            try old.close()
        }
        return try Store(.init(path: path, now: { Self.clockStart }, uptime: { .seconds(1) }))
    }

    private func withFolder(_ body: (URL) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "plateau-upgrade-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try await body(folder)
    }

    @Test func thereIsADumpOfEachOlderSchema() throws {
        let dumps = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path).sorted()
        #expect(dumps.filter { $0.hasSuffix(".sql") } == Self.versions.map { "\($0).sql" }.sorted())
        for version in Self.versions {
            let dump = try String(contentsOf: Self.folder.appending(path: "\(version).sql"), encoding: .utf8)
            let applied = Migration.all.filter { dump.contains("VALUES('\($0.name)')") }.map(\.name)
            #expect(applied == Migration.all.prefix(version).map(\.name))
        }
    }

    @Test(arguments: versions) func nothingIsLost(version: Int) async throws {
        try await withFolder { folder in
            let store = try open(version, in: folder)
            let tokens = try await store.tokens(limit: 10).items
            #expect(tokens.map(\.name) == ["gone", "ada", "admin"] && tokens[0].revokedAt != nil)
            #expect(tokens[1].expiresAt == Date(timeIntervalSince1970: 1_990_000_000))
            let dataset = try await store.dataset("polyps")
            #expect(dataset.path == "/srv/images/polyps" && dataset.channels == 3)
            #expect(try await store.splitJSON(ofDataset: dataset.id).contains(#""test":["e"]"#))
            let sweeps = try await store.sweeps(limit: 10).items
            #expect(sweeps.map(\.state) == (version >= 6 ? [.paused] : []) + [.cancelled, .running])
            let sweep = try #require(sweeps.last)
            #expect(sweep.name == "first" && sweep.priority == 0)
            let runs = try await store.runs(ofSweep: sweep.id, limit: 10).items
            #expect(runs.map(\.state) == [.succeeded, .failed, .running, .queued, .queued, .queued])
            #expect(runs.map(\.epochsDone) == [3, 0, 2, 1, 0, 0] && runs.map(\.attempt) == [1, 1, 1, 1, 0, 0])
            #expect(runs[0].testDSC == 0.8125 && runs[0].testDSCSD == 0.0625 && runs[0].testCases == 5)
            #expect(runs[0].model?.bytes == (version >= 2 ? 98765 : nil))
            #expect(runs[0].testDSCByClassJSON == (version >= 2 ? #"[{"name":"polyp","dsc":0.8125}]"# : nil))
            #expect(runs.map(\.tolerance) == Array(repeating: version >= 11 ? 0.05 : nil, count: 6))
            #expect(runs.map { $0.stop?.median } == [nil, nil, version >= 11 ? 0.46 : nil, nil, nil, nil])
            #expect(sweeps.map(\.planJSON).compactMap(\.self) == (version >= 12 ? ["{}"] : []))
            #expect(sweeps.allSatisfy { !$0.isPlanOpen })
            let curves = try await store.importedCurves(limit: 10).items
            #expect(curves.map(\.name) == (version >= 13 ? ["older"] : []))
            #expect(runs[1].error == "the loss became nan")
            #expect(try await store.failureLog(ofRun: runs[1].id) == (version >= 5 ? "line one\nline two" : nil))
            #expect(try await store.curve(ofRun: runs[0].id).map(\.valDSC) == [0.6, 0.7, 0.8])
            for (run, step) in [(runs[2], 4), (runs[3], 2)] {
                let kept = try await store.checkpoints(ofRun: run.id)
                #expect(kept.map(\.step) == (version >= 9 && step == 4 ? [4, 2] : [step]) && kept.first?.bytes == 4321)
                #expect(kept.first?.file == "\(run.id)-1-\(step)-77.checkpoint")
            }
            #expect(try await store.surrogate()?.bytes == [1, 2, 3, 4])
            #expect(try await store.changes(ofSweep: sweep.id, after: .start, limit: 50).count >= 6)
            // A submission that is repeated after the upgrade still gives the first one's sweep.
            let again = NewSweep(
                name: nil, datasetID: dataset.id, submitter: tokens[1].id, specificationJSON: "{}", runs: [],
                idempotency: IdempotencyKey(key: "once", requestHash: [UInt8](repeating: 7, count: 32)))
            let known = try await store.insert(again)
            #expect(known.sweep.id == sweep.id && !known.isNew)
            let isLimited = version >= 8
            #expect(tokens[1].quota == (isLimited ? TokenQuota(maxQueuedRuns: 500, cpuHours: 40) : TokenQuota()))
            #expect(tokens[1].cpuSeconds == (isLimited ? 13.5 : 0) && sweep.cpuSeconds == tokens[1].cpuSeconds)
            #expect(sweep.limits.cpuHours == (isLimited ? 12 : nil) && (sweep.limits.deadline != nil) == isLimited)
            let audit = try await store.audit(subject: sweep.id, limit: 10).items
            #expect(audit.map(\.action) == (version >= 10 ? ["POST /v1/sweeps"] : []))
            #expect(try await store.countsRunsInTraining())
            try await theDatabaseIsSound(store)
        }
    }

    @Test(arguments: versions) func runsGoOnToTheirEnd(version: Int) async throws {
        try await withFolder { folder in
            let store = try open(version, in: folder)
            let sweep = try #require(try await store.sweeps(limit: 10).items.last)
            let runs = try await store.runs(ofSweep: sweep.id, limit: 10).items
            // The worker that outlived the upgrade keeps its run.
            try await store.heartbeat(run: runs[2].id, attempt: 1, leaseSeconds: 20)
            try await finish(runs[2].id, attempt: runs[2].attempt, in: store)
            // The others are claimed in their order, the one that was handed back with its checkpoint.
            for expected in runs[3...] {
                let claimed = try #require(try await store.claim(worker: "new", leaseSeconds: 20))
                #expect(claimed.id == expected.id && claimed.attempt == expected.attempt + 1)
                try await finish(claimed.id, attempt: claimed.attempt, in: store)
            }
            // A paused sweep waits for whoever paused it.
            #expect(try await store.claim(worker: "new", leaseSeconds: 20) == nil)
            if version >= 6 {
                let held = try await store.sweeps(limit: 1).items[0].id
                #expect(try await store.resume(sweep: held).state == .queued)
                let resumed = try #require(try await store.claim(worker: "new", leaseSeconds: 20))
                try await finish(resumed.id, attempt: resumed.attempt, in: store)
                #expect(try await store.sweep(held).state == .succeeded)
            }
            #expect(try await store.sweep(sweep.id).state == .failed)
            #expect(try await store.rerun(sweep: sweep.id).state == .running)
            let failed = try #require(try await store.claim(worker: "new", leaseSeconds: 20))
            #expect(failed.id == runs[1].id && failed.attempt == 2)
            try await finish(failed.id, attempt: failed.attempt, in: store)
            #expect(try await store.sweep(sweep.id).state == .succeeded)
            #expect(try await store.checkpointFiles().isEmpty)
            #expect(try await store.countsRunsInTraining())
            try await theDatabaseIsSound(store)
        }
    }

    private func finish(_ run: String, attempt: Int, in store: Store) async throws {
        let epochs = (1...3).map { TemporaryStore.epoch($0, dsc: 0.9) }
        #expect(try await store.record(epochs, run: run, attempt: attempt) == 3)
        _ = try await store.finish(run: run, attempt: attempt, testDSC: 0.5, testDSCSD: 0, testCases: 1)
    }

    private func theDatabaseIsSound(_ store: Store) async throws {
        let file = try DatabaseFile(store.configuration.path)
        #expect(try file.damage().isEmpty && file.brokenReferences().isEmpty && file.schema().pending.isEmpty)
    }
}
