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
            #expect(run.attempt == attempt && run.failures == 0)
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
        #expect(test.store.leases.lapsed(before: .seconds(1_000_000)).isEmpty)
    }
}
