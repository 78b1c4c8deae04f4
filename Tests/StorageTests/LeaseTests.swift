import Testing

@testable import Storage

@Suite struct LeaseTests {
    @Test(arguments: [-86_400.0, 86_400.0]) func aClockThatIsSetChangesNoLease(by seconds: Double) async throws {
        let test = try TemporaryStore()
        _ = try await test.addSweep(runs: 1)
        let run = try await test.claim()
        test.clock.set(forward: seconds)
        #expect(try await test.store.requeueExpired().runs.isEmpty)
        test.clock.advance(19.9)
        #expect(try await test.store.requeueExpired().runs.isEmpty)
        try await test.store.heartbeat(run: run.id, attempt: 1, leaseSeconds: 20)
        test.clock.set(forward: -seconds)
        test.clock.advance(20)
        #expect(try await test.store.requeueExpired().runs.isEmpty)
        test.clock.advance(0.1)
        #expect(try await test.store.requeueExpired().runs.map(\.id) == [run.id])
    }

    @Test func aWorkerThatOutlivesTheServerKeepsItsRun() async throws {
        let test = try TemporaryStore()
        _ = try await test.addSweep(runs: 1)
        let run = try await test.claim()
        // Away for an hour, a lease long since over.
        test.clock.advance(3600)
        let store = try test.reopened()
        #expect(try await store.requeueExpired().runs.isEmpty)
        test.clock.advance(19)
        try await store.heartbeat(run: run.id, attempt: 1, leaseSeconds: 20)
        test.clock.advance(19)
        #expect(try await store.requeueExpired().runs.isEmpty)
        #expect(try await store.record([TemporaryStore.epoch(1)], run: run.id, attempt: 1) == 1)
        // From then on it is as any other.
        test.clock.advance(2)
        #expect(try await store.requeueExpired().runs.map(\.failures) == [1])
    }

    /// Power cuts are no fault of the runs under way, however many there are.
    @Test func aWorkerThatDiedWithTheServerIsNoFailureOfItsRun() async throws {
        let test = try TemporaryStore()
        _ = try await test.addSweep(runs: 1)
        var store = test.store
        for attempt in 1...6 {
            let run = try #require(try await store.claim(worker: "w", leaseSeconds: 20))
            #expect(run.attempt == attempt)
            #expect(try await store.run(run.id).failures == 0)
            store = try test.reopened()
            test.clock.advance(20.1)
            #expect(try await store.requeueExpired().runs.map(\.state) == [.queued])
        }
    }

    /// The answer to the claim may have been lost: a worker that was there would have been heard of.
    @Test func aWorkerThatWasNeverHeardOfIsNoFailureOfItsRun() async throws {
        let test = try TemporaryStore()
        _ = try await test.addSweep(runs: 1)
        for attempt in 1...6 {
            let run = try #require(try await test.store.claim(worker: "w", leaseSeconds: 20))
            #expect(run.attempt == attempt)
            test.clock.advance(20.1)
            let lost = try #require(try await test.store.requeueExpired().runs.first)
            #expect(lost.state == .queued && lost.failures == 0 && lost.worker == nil && lost.error == nil)
        }
    }

    @Test func anEpochIsHeardAsAHeartbeatIs() async throws {
        let test = try TemporaryStore()
        _ = try await test.addSweep(runs: 1)
        let run = try #require(try await test.store.claim(worker: "w", leaseSeconds: 20))
        _ = try await test.store.record([TemporaryStore.epoch(1)], run: run.id, attempt: 1)
        test.clock.advance(20.1)
        #expect(try await test.store.requeueExpired().runs.map(\.failures) == [1])
    }

    @Test func anEndedRunsLeaseIsForgotten() async throws {
        let test = try TemporaryStore()
        _ = try await test.addSweep(runs: 1)
        let run = try await test.claim()
        _ = try await test.store.release(run: run.id, attempt: 1)
        test.clock.advance(21)
        #expect(try await test.store.requeueExpired().runs.isEmpty)
        #expect(test.store.leases.count(at: .zero) == 0)
    }

    /// Heartbeats are most of what idle-looking workers send: they must not wait for the disk, nor wear it.
    @Test func aHeartbeatWritesNothing() async throws {
        let test = try TemporaryStore()
        _ = try await test.addSweep(runs: 1)
        let run = try #require(try await test.store.claim(worker: "w", leaseSeconds: 20))
        let (writes, bytes) = (test.store.generation, test.store.databaseBytes)
        for _ in 0..<50 { try await test.store.heartbeat(run: run.id, attempt: 1, leaseSeconds: 20) }
        #expect(test.store.generation == writes && test.store.databaseBytes == bytes)
    }

    /// Whether it comes before or after the look that finds the lease lapsed, it is never told that all is well of a run
    /// that is taken from it.
    @Test func aHeartbeatThatIsTooLateIsStale() async throws {
        let test = try TemporaryStore()
        _ = try await test.addSweep(runs: 1)
        let run = try await test.claim()
        test.clock.advance(20.1)
        // Late, but before anybody looked: the lease goes on.
        try await test.store.heartbeat(run: run.id, attempt: 1, leaseSeconds: 20)
        #expect(try await test.store.requeueExpired().runs.isEmpty)
        test.clock.advance(20.1)
        // The look has begun, and is not on disk yet.
        #expect(test.store.leases.end(before: test.clock.uptime).map(\.attempt) == [1])
        await #expect(throws: StorageError.staleAttempt(run: run.id, attempt: 1, state: .running)) {
            try await test.store.heartbeat(run: run.id, attempt: 1, leaseSeconds: 20)
        }
        #expect(try await test.store.requeueExpired().runs.map(\.id) == [run.id])
        await #expect(throws: StorageError.staleAttempt(run: run.id, attempt: 1, state: .queued)) {
            try await test.store.heartbeat(run: run.id, attempt: 1, leaseSeconds: 20)
        }
    }

    @Test func anOldAttemptsHeartbeatDoesNotTouchTheLeaseOfTheNext() {
        let leases = Leases()
        leases.grant(.init(run: 1, attempt: 1, end: .seconds(20)))
        #expect(leases.end(before: .seconds(21)).count == 1)
        let old = leases.end(before: .seconds(21))
        leases.grant(.init(run: 1, attempt: 2, end: .seconds(41)))
        // Both read the database before the run was handed out again.
        #expect(!leases.renew(run: 1, attempt: 1, until: .seconds(1000)))
        leases.forget(old)
        #expect(leases.count(at: .seconds(41)) == 1 && leases.count(at: .seconds(42)) == 0)
        #expect(leases.renew(run: 1, attempt: 2, until: .seconds(50)))
        // Answers may overtake each other; none shortens a lease.
        #expect(leases.renew(run: 1, attempt: 2, until: .seconds(45)))
        #expect(leases.count(at: .seconds(50)) == 1)
    }
}
