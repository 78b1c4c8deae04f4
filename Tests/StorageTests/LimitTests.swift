import Foundation
import GRDB
import Testing

@testable import Storage

@Suite struct LimitTests {
    private func epoch(_ number: Int, seconds: Double) -> EpochRecord {
        var epoch = TemporaryStore.epoch(number)
        epoch.seconds = seconds
        return epoch
    }

    @Test func aSweepEndsAtItsDeadline() async throws {
        let test = try TemporaryStore()
        let sweep = try await test.addSweep(
            runs: 3, epochs: 1, limits: .init(deadline: test.clock.now + 100))
        #expect(sweep.limits.deadline == test.clock.now + 100)
        let done = try await test.claim()
        _ = try await test.store.record([TemporaryStore.epoch(1)], run: done.id, attempt: 1)
        _ = try await test.store.finish(run: done.id, attempt: 1, testDSC: 0.5, testDSCSD: 0, testCases: 1)
        let running = try await test.claim()
        _ = try await test.store.save(
            CheckpointRecord(
                attempt: 1, epoch: 0, step: 1, file: "c", bytes: 1, sha256: String(repeating: "b", count: 64)),
            run: running.id)
        test.clock.advance(99.9)
        #expect(try await test.store.endLimitedSweeps().sweeps.isEmpty)
        test.clock.advance(0.1)
        let (ended, orphans) = try await test.store.endLimitedSweeps()
        #expect(ended.map(\.id) == [sweep.id] && ended.map(\.state) == [.cancelled])
        #expect(ended[0].reason?.contains("deadline") == true && ended[0].runs == [.succeeded: 1, .cancelled: 2])
        #expect(orphans == OrphanedFiles(checkpoints: ["c"]))
        let runs = try await test.store.runs(ofSweep: sweep.id, limit: 10).items
        #expect(runs.map(\.reason) == [nil, ended[0].reason, ended[0].reason])
        await #expect(throws: StorageError.self) {
            try await test.store.heartbeat(run: running.id, attempt: 1, leaseSeconds: 20)
        }
        // Once.
        #expect(try await test.store.endLimitedSweeps().sweeps.isEmpty)
    }

    /// Seconds count by the threads of the worker that reports them, once.
    @Test func aSweepEndsWithItsCPUHours() async throws {
        let test = try TemporaryStore()
        let sweep = try await test.addSweep(runs: 2, limits: .init(cpuHours: 1))
        let other = try await test.addSweep(runs: 1)
        let run = try #require(try await test.store.claim(worker: "w", threads: 4, leaseSeconds: 20))
        #expect(run.sweepID == sweep.id)
        for _ in 0..<2 { _ = try await test.store.record([epoch(1, seconds: 800)], run: run.id, attempt: 1) }
        #expect(try await test.store.sweep(sweep.id).cpuSeconds == 3200)
        #expect(try await test.store.endLimitedSweeps().sweeps.isEmpty)
        _ = try await test.store.release(run: run.id, attempt: 1)
        let again = try #require(try await test.store.claim(worker: "w", threads: 2, leaseSeconds: 20))
        _ = try await test.store.record([epoch(2, seconds: 200)], run: again.id, attempt: 2)
        let ended = try await test.store.endLimitedSweeps().sweeps
        #expect(ended.map(\.id) == [sweep.id] && ended.map(\.cpuSeconds) == [3600])
        #expect(ended[0].reason == "the sweep's CPU-hours are used up: 1 of 1")
        #expect(try await test.store.sweep(other.id).state == .queued)
    }

    @Test func aPausedSweepEndsAtItsDeadlineAsWell() async throws {
        let test = try TemporaryStore()
        let sweep = try await test.addSweep(runs: 2, limits: .init(deadline: test.clock.now + 1))
        _ = try await test.store.pause(sweep: sweep.id)
        test.clock.advance(1)
        #expect(try await test.store.endLimitedSweeps().sweeps.map(\.runs) == [[.cancelled: 2]])
    }

    @Test func aDeadlineThatHasPassedIsRefused() async throws {
        let test = try TemporaryStore()
        await #expect(throws: StorageError.deadlinePassed) {
            try await test.addSweep(runs: 1, limits: .init(deadline: test.clock.now))
        }
        // But not when the same submission comes again later.
        let dataset = try await test.addDataset("again")
        let key = IdempotencyKey(key: "k", requestHash: Digest.sha256([1]))
        let limits = SweepLimits(deadline: test.clock.now + 1)
        let first = try await test.store.insert(test.sweep(dataset, runs: 1, key: key, limits: limits)).sweep
        test.clock.advance(2)
        #expect(
            try await test.store.insert(test.sweep(dataset, runs: 1, key: key, limits: limits)).sweep.id == first.id)
    }

    /// However many sweeps there are without limits.
    @Test func sweepsAtTheirLimitsAreLookedUpByIndex() async throws {
        let test = try TemporaryStore()
        let plan = try await test.store.pool.read { database in
            try Row.fetchAll(database, sql: "EXPLAIN QUERY PLAN " + Store.limitedSQL, arguments: [1])
                .map { $0["detail"] as String }
        }
        #expect(plan == ["SCAN sweep USING INDEX sweep_limited"])
    }

    @Test func aTokenHasOnlySoManyRunsWaiting() async throws {
        let test = try TemporaryStore()
        let token = try await test.store.createToken(
            name: "student", role: "submitter", expiresAt: nil, quota: .init(maxQueuedRuns: 5)
        ).token
        #expect(token.quota == TokenQuota(maxQueuedRuns: 5))
        let first = try await test.addSweep(runs: 3, submitter: token.id)
        await #expect(throws: StorageError.overQuota(Self.words(most: 5, waiting: 3, asked: 3))) {
            try await test.addSweep(runs: 3, submitter: token.id)
        }
        // Others are not concerned, paused runs wait as well, and those in training do not.
        _ = try await test.addSweep(runs: 9)
        _ = try await test.store.pause(sweep: first.id)
        await #expect(throws: StorageError.self) { try await test.addSweep(runs: 3, submitter: token.id) }
        _ = try await test.store.resume(sweep: first.id)
        while try await test.claim().sweepID != first.id {}
        let second = try await test.addSweep(runs: 3, submitter: token.id)
        let run = NewSweep.Run(
            size: 9, fraction: 0.5, depth: 3, seed: 0, subsetHash: "hash", stepsPerEpoch: 2, epochsTotal: 1,
            parameterCount: 10)
        await #expect(throws: StorageError.overQuota(Self.words(most: 5, waiting: 5, asked: 1))) {
            try await test.store.extend(sweep: second.id, from: "{}", to: "{}", runs: [run])
        }
        // No wait makes room for that many.
        let error = await #expect(throws: StorageError.self) {
            try await test.addSweep(runs: 6, submitter: token.id)
        }
        #expect("\(error as Any)".contains("it has 5 and asks for 6 more: ask for fewer at a time"))
    }

    private static func words(most: Int, waiting: Int, asked: Int) -> String {
        "the token may have \(most) runs waiting, queued or paused; it has \(waiting) and asks for \(asked) more: "
            + "wait for some to train, or cancel some"
    }

    @Test func aTokenThatHasUsedItsCPUHoursSubmitsNoMore() async throws {
        let test = try TemporaryStore()
        let token = try await test.store.createToken(
            name: "student", role: "submitter", expiresAt: nil, quota: .init(cpuHours: 0.5)
        ).token
        _ = try await test.addSweep(runs: 1, submitter: token.id)
        let run = try #require(try await test.store.claim(worker: "w", threads: 2, leaseSeconds: 20))
        _ = try await test.store.record([epoch(1, seconds: 899)], run: run.id, attempt: 1)
        _ = try await test.addSweep(runs: 1, submitter: token.id)
        _ = try await test.store.record([epoch(2, seconds: 1)], run: run.id, attempt: 1)
        await #expect(throws: StorageError.self) { try await test.addSweep(runs: 1, submitter: token.id) }
        // What runs goes on.
        _ = try await test.store.record([epoch(3, seconds: 1)], run: run.id, attempt: 1)
        #expect(try await test.store.tokens(limit: 10).items.map(\.cpuSeconds) == [1802])
    }

    @Test func anIdempotencyKeyIsForgottenAfterAWeek() async throws {
        let test = try TemporaryStore()
        let dataset = try await test.addDataset()
        let key = IdempotencyKey(key: "k", requestHash: Digest.sha256([1]))
        let first = try await test.store.insert(test.sweep(dataset, runs: 1, key: key)).sweep
        test.clock.advance(7 * 86_400)
        try await test.store.forgetOldKeys()
        #expect(try await test.store.insert(test.sweep(dataset, runs: 1, key: key)).sweep.id == first.id)
        test.clock.advance(1)
        // Also where nobody has swept.
        let other = IdempotencyKey(key: "k", requestHash: Digest.sha256([2]))
        let second = try await test.store.insert(test.sweep(dataset, runs: 1, key: other))
        #expect(second.isNew && second.sweep.id != first.id)
        test.clock.advance(7 * 86_400 + 1)
        try await test.store.forgetOldKeys()
        let left = try await test.store.pool.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM idempotency_key") }
        #expect(left == 0)
    }
}
