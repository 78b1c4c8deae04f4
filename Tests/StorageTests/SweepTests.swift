import Foundation
import GRDB
import Testing

@testable import Storage

@Suite struct SweepTests {
    @Test func cancellingEndsEveryUnfinishedRun() async throws {
        let test = try TemporaryStore()
        let sweep = try await test.addSweep(runs: 3, epochs: 1)
        let done = try await test.claim()
        _ = try await test.store.record([TemporaryStore.epoch(1)], run: done.id, attempt: 1)
        _ = try await test.store.finish(run: done.id, attempt: 1, testDSC: 0.5, testDSCSD: 0, testCases: 1)
        let running = try await test.claim()
        _ = try await test.store.save(
            CheckpointRecord(
                attempt: 1, epoch: 0, step: 1, file: "c", bytes: 1, sha256: String(repeating: "b", count: 64)),
            run: running.id)
        let (cancelled, orphans) = try await test.store.cancel(sweep: sweep.id)
        #expect(cancelled.state == .cancelled)
        #expect(cancelled.runs == [.succeeded: 1, .cancelled: 2])
        #expect(orphans == OrphanedFiles(checkpoints: ["c"]))
        await #expect(throws: StorageError.staleAttempt(run: running.id, attempt: 1, state: .cancelled)) {
            try await test.store.record([TemporaryStore.epoch(1)], run: running.id, attempt: 1)
        }
        await #expect(throws: StorageError.self) { try await test.store.cancel(sweep: sweep.id) }
    }

    /// However many runs it has.
    @Test func whetherASweepGoesOnIsLookedUpByIndex() async throws {
        let test = try TemporaryStore()
        let plan = try await test.store.pool.read { database in
            try Row.fetchAll(database, sql: "EXPLAIN QUERY PLAN " + Store.hasUnfinishedSQL, arguments: [1])
                .map { $0["detail"] as String }
        }
        #expect(plan.contains("SEARCH run USING INDEX run_unfinished (sweep_seq=?)"), "\(plan)")
        #expect(!plan.contains { $0.hasPrefix("SCAN run") }, "\(plan)")
    }

    @Test func aCancelledRunEndsItsSweepWithTheLast() async throws {
        let test = try TemporaryStore()
        let sweep = try await test.addSweep(runs: 2)
        let runs = try await test.store.runs(ofSweep: sweep.id, limit: 10).items
        _ = try await test.store.cancel(run: runs[0].id)
        #expect(try await test.store.sweep(sweep.id).state == .queued)
        _ = try await test.store.cancel(run: runs[1].id)
        #expect(try await test.store.sweep(sweep.id).state == .cancelled)
        await #expect(throws: StorageError.self) { try await test.store.cancel(run: runs[1].id) }
    }

    @Test func anIdempotencyKeyGivesTheSameSweep() async throws {
        let test = try TemporaryStore()
        let dataset = try await test.addDataset()
        let key = IdempotencyKey(key: "k", requestHash: Digest.sha256([1]))
        let first = try await test.store.insert(test.sweep(dataset, runs: 2, key: key))
        let again = try await test.store.insert(test.sweep(dataset, runs: 2, key: key))
        #expect(first.isNew && !again.isNew && first.sweep.id == again.sweep.id)
        let other = IdempotencyKey(key: "k", requestHash: Digest.sha256([2]))
        await #expect(throws: StorageError.idempotencyMismatch) {
            try await test.store.insert(test.sweep(dataset, runs: 2, key: other))
        }
        #expect(try await test.store.sweeps(limit: 10).items.count == 1)
    }

    @Test func everyChangeGrowsTheVersion() async throws {
        let test = try TemporaryStore()
        let sweep = try await test.addSweep(runs: 1, epochs: 1)
        var versions = [try await test.store.sweep(sweep.id).version]
        let run = try await test.claim()
        versions.append(try await test.store.sweep(sweep.id).version)
        _ = try await test.store.record([TemporaryStore.epoch(1)], run: run.id, attempt: 1)
        versions.append(try await test.store.sweep(sweep.id).version)
        _ = try await test.store.finish(run: run.id, attempt: 1, testDSC: 0.5, testDSCSD: 0, testCases: 1)
        versions.append(try await test.store.sweep(sweep.id).version)
        #expect(versions == versions.sorted() && Set(versions).count == 4)
    }

    @Test func pagesAreCompleteAndWithoutRepeats() async throws {
        let test = try TemporaryStore()
        let sweep = try await test.addSweep(runs: 7)
        var sizes: [Int] = []
        var cursor: String?
        repeat {
            let page = try await test.store.runs(ofSweep: sweep.id, after: cursor, limit: 3)
            #expect(page.items.count <= 3)
            sizes += page.items.map(\.size)
            cursor = page.nextCursor
        } while cursor != nil
        #expect(sizes == Array(1...7))
        await #expect(throws: StorageError.invalidCursor) {
            try await test.store.runs(ofSweep: sweep.id, after: "nonsense", limit: 3)
        }
    }

    @Test func aCheckpointIsNeverAheadOfTheCurve() async throws {
        let test = try TemporaryStore()
        _ = try await test.addSweep(runs: 1)
        let run = try await test.claim()
        let hash = String(repeating: "c", count: 64)
        func checkpoint(_ epoch: Int, _ file: String) -> CheckpointRecord {
            CheckpointRecord(attempt: 1, epoch: epoch, step: epoch * 2, file: file, bytes: 1, sha256: hash)
        }
        await #expect(throws: StorageError.self) { try await test.store.save(checkpoint(1, "a"), run: run.id) }
        #expect(try await test.store.save(checkpoint(0, "a"), run: run.id).isEmpty)
        _ = try await test.store.record([TemporaryStore.epoch(1)], run: run.id, attempt: 1)
        #expect(try await test.store.save(checkpoint(1, "b"), run: run.id).isEmpty)
        #expect(try await test.store.checkpoints(ofRun: run.id).map(\.file) == ["b", "a"])
    }

    @Test func theCheckpointBeforeTheNewestIsKept() async throws {
        let test = try TemporaryStore()
        _ = try await test.addSweep(runs: 1)
        let run = try await test.claim()
        func save(_ file: String) async throws -> [String] {
            try await test.store.save(
                CheckpointRecord(
                    attempt: 1, epoch: 0, step: 1, file: file, bytes: 1, sha256: String(repeating: "c", count: 64)),
                run: run.id)
        }
        #expect(try await save("a").isEmpty)
        #expect(try await save("b").isEmpty)
        #expect(try await save("c") == ["a"])
        #expect(try await test.store.checkpointFiles() == ["b", "c"])
        // The newest is damaged: the one before is the newest then, and is kept when another comes.
        try await test.store.dropCheckpoint(file: "c")
        #expect(try await save("d").isEmpty)
        #expect(try await test.store.checkpoints(ofRun: run.id).map(\.file) == ["d", "b"])
        #expect(Set(try await test.store.cancel(run: run.id).orphans.checkpoints) == ["b", "d"])
        #expect(try await test.store.checkpointFiles().isEmpty)
    }

    @Test func aDatasetNameIsTakenOnce() async throws {
        let test = try TemporaryStore()
        let first = try await test.addDataset("one")
        await #expect(throws: StorageError.nameTaken(name: "one", dataHash: first.dataHash)) {
            try await test.addDataset("one")
        }
        #expect(try await test.store.dataset("one").id == first.id)
        #expect(try await test.store.dataset(first.id).name == "one")
        await #expect(throws: StorageError.notFound(kind: "data set", id: "two")) {
            try await test.store.dataset("two")
        }
    }
}
