import Testing

@testable import Storage

@Suite struct QueueTests {
    @Test func runsAreClaimedInOrderAndOnce() async throws {
        let test = try TemporaryStore()
        let first = try await test.addSweep(runs: 2)
        let second = try await test.addSweep(runs: 1)
        var claimed: [ClaimedRun] = []
        while let run = try await test.store.claim(worker: "w", leaseSeconds: 20) { claimed.append(run) }
        #expect(claimed.map(\.sweepID) == [first.id, first.id, second.id])
        #expect(claimed.map(\.size) == [1, 2, 1])
        for run in claimed {
            let stored = try await test.store.run(run.id)
            #expect(stored.state == .running && stored.attempt == 1 && stored.worker == "w")
            #expect(run.attempt == 1 && run.size == stored.size && run.depth == stored.depth && run.seed == stored.seed)
            #expect(run.stepsPerEpoch == stored.stepsPerEpoch && run.epochsTotal == stored.epochsTotal)
            #expect(run.epochsDone == 0)
        }
        #expect(try await test.store.sweep(first.id).state == .running)
    }

    @Test func anEpochIsRecordedOnceAndWithoutGaps() async throws {
        let test = try TemporaryStore()
        _ = try await test.addSweep(runs: 1)
        let run = try await test.claim()
        #expect(try await test.store.record([TemporaryStore.epoch(1, dsc: 0.4)], run: run.id, attempt: 1) == 1)
        // Sent again, with another value: the first stays.
        #expect(try await test.store.record([TemporaryStore.epoch(1, dsc: 0.9)], run: run.id, attempt: 1) == 1)
        await #expect(throws: StorageError.self) {
            try await test.store.record([TemporaryStore.epoch(3)], run: run.id, attempt: 1)
        }
        #expect(try await test.store.record((1...3).map { TemporaryStore.epoch($0) }, run: run.id, attempt: 1) == 3)
        await #expect(throws: StorageError.self) {
            try await test.store.record([TemporaryStore.epoch(4)], run: run.id, attempt: 1)
        }
        let curve = try await test.store.curve(ofRun: run.id)
        #expect(curve.map(\.epoch) == [1, 2, 3])
        #expect(curve.first?.valDSC == 0.4)
        #expect(try await test.store.run(run.id).bestValDSC == 0.5)
    }

    @Test func aStaleAttemptChangesNothing() async throws {
        let test = try TemporaryStore()
        _ = try await test.addSweep(runs: 1)
        let old = try await test.claim("old")
        test.clock.advance(21)
        _ = try await test.store.requeueExpired()
        let new = try await test.claim("new")
        #expect(new.id == old.id && new.attempt == 2 && new.failures == 1)
        let before = try await test.store.run(old.id).version
        let stale = StorageError.staleAttempt(run: old.id, attempt: 1, state: .running)
        let checkpoint = CheckpointRecord(
            attempt: 1, epoch: 0, step: 0, file: "f", bytes: 1, sha256: String(repeating: "a", count: 64))
        await #expect(throws: stale) { try await test.store.heartbeat(run: old.id, attempt: 1, leaseSeconds: 20) }
        await #expect(throws: stale) { try await test.store.record([TemporaryStore.epoch(1)], run: old.id, attempt: 1) }
        let model = ModelRecord(attempt: 1, file: "f", bytes: 1, sha256: String(repeating: "a", count: 64))
        await #expect(throws: stale) { try await test.store.save(checkpoint, run: old.id) }
        await #expect(throws: stale) { try await test.store.save(model, run: old.id) }
        await #expect(throws: stale) {
            try await test.store.finish(run: old.id, attempt: 1, testDSC: 1, testDSCSD: 0, testCases: 1)
        }
        await #expect(throws: stale) { try await test.store.fail(run: old.id, attempt: 1, message: "x", retry: true) }
        await #expect(throws: stale) { try await test.store.release(run: old.id, attempt: 1) }
        #expect(try await test.store.run(old.id).version == before)
    }

    @Test func aHeartbeatKeepsTheLease() async throws {
        let test = try TemporaryStore()
        _ = try await test.addSweep(runs: 1)
        let run = try await test.claim()
        for _ in 0..<5 {
            test.clock.advance(15)
            try await test.store.heartbeat(run: run.id, attempt: 1, leaseSeconds: 20)
            #expect(try await test.store.requeueExpired().runs.isEmpty)
        }
        test.clock.advance(20.1)
        #expect(try await test.store.requeueExpired().runs.map(\.state) == [.queued])
    }

    @Test func aReleaseCountsNoFailure() async throws {
        let test = try TemporaryStore()
        _ = try await test.addSweep(runs: 1)
        let run = try await test.claim()
        let released = try await test.store.release(run: run.id, attempt: 1)
        #expect(released.state == .queued && released.failures == 0 && released.worker == nil)
        #expect(try await test.claim().attempt == 2)
    }

    @Test func aRunFinishesOnlyWithEveryEpoch() async throws {
        let test = try TemporaryStore()
        let sweep = try await test.addSweep(runs: 1, epochs: 2)
        let run = try await test.claim()
        _ = try await test.store.record([TemporaryStore.epoch(1)], run: run.id, attempt: 1)
        await #expect(throws: StorageError.self) {
            try await test.store.finish(run: run.id, attempt: 1, testDSC: 0.5, testDSCSD: 0.1, testCases: 4)
        }
        _ = try await test.store.record([TemporaryStore.epoch(2)], run: run.id, attempt: 1)
        let done = try await test.store.finish(run: run.id, attempt: 1, testDSC: 0.5, testDSCSD: 0.1, testCases: 4).run
        #expect(done.state == .succeeded && done.testDSC == 0.5)
        let ended = try await test.store.sweep(sweep.id)
        #expect(ended.state == .succeeded && ended.finishedAt != nil)
    }
}
