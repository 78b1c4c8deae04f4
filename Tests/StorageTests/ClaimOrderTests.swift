import Testing

@testable import Storage

@Suite struct ClaimOrderTests {
    @Test func aHigherPriorityComesFirst() async throws {
        let test = try TemporaryStore()
        let low = try await test.addSweep(runs: 1, priority: -100)
        let usual = try await test.addSweep(runs: 1)
        let high = try await test.addSweep(runs: 1, priority: 100)
        #expect(high.priority == 100)
        var order: [String] = []
        for _ in 0..<3 { order.append(try await test.claim().sweepID) }
        #expect(order == [high.id, usual.id, low.id])
    }

    @Test func aPriorityCanBeChangedUntilTheSweepHasEnded() async throws {
        let test = try TemporaryStore()
        let first = try await test.addSweep(runs: 2, epochs: 1)
        let second = try await test.addSweep(runs: 2, epochs: 1)
        #expect(try await test.claim().sweepID == first.id)
        let changed = try await test.store.change(sweep: second.id, SweepChange(priority: 7))
        #expect(changed.priority == 7 && changed.version > second.version)
        // What is in training goes on.
        #expect(try await test.store.sweep(first.id).runs == [.running: 1, .queued: 1])
        #expect(try await test.claim().sweepID == second.id)
        _ = try await test.store.change(sweep: second.id, SweepChange(priority: -1))
        #expect(try await test.claim().sweepID == first.id)
        _ = try await test.store.cancel(sweep: first.id)
        await #expect(throws: StorageError.self) {
            try await test.store.change(sweep: first.id, SweepChange(priority: 1))
        }
        await #expect(throws: StorageError.notFound(kind: "sweep", id: "sw_none")) {
            try await test.store.change(sweep: "sw_none", SweepChange(priority: 1))
        }
    }

    /// One who comes late with little does not wait for one who came early with much.
    @Test func submittersTakeTurns() async throws {
        let test = try TemporaryStore()
        let early = try await test.addSweep(runs: 5, submitter: "tok_a")
        let late = try await test.addSweep(runs: 2, submitter: "tok_b")
        var order: [String] = []
        for _ in 0..<7 { order.append(try await test.claim().sweepID) }
        #expect(order == [early, late, early, late, early, early, early].map(\.id))
    }

    @Test func whoHasFewerRunsInTrainingGoesFirst() async throws {
        let test = try TemporaryStore()
        _ = try await test.addSweep(runs: 2, submitter: "tok_b")
        let (one, _) = (try await test.claim(), try await test.claim())
        let other = try await test.addSweep(runs: 3, submitter: "tok_a")
        let more = try await test.addSweep(runs: 3, submitter: "tok_b")
        #expect(try await test.claim().sweepID == other.id)
        #expect(try await test.claim().sweepID == other.id)
        // Two each: the last turn was tok_a's. Then one of tok_b's is given back, which leaves it with two again.
        #expect(try await test.claim().sweepID == more.id)
        _ = try await test.store.fail(run: one.id, attempt: 1, message: "no", retry: false)
        _ = try await test.store.change(sweep: other.id, SweepChange(priority: 1))
        #expect(try await test.claim().sweepID == other.id)
    }

    /// With a single worker nobody has a run in training when the next is claimed: what has been trained decides.
    @Test func whoHasTrainedLessInTheLastDayGoesFirst() async throws {
        let test = try TemporaryStore()
        let heavy = try await test.addSweep(runs: 3, epochs: 1, submitter: "tok_heavy")
        let light = try await test.addSweep(runs: 8, epochs: 1, submitter: "tok_light")
        func trainNext() async throws -> String {
            let run = try await test.claim()
            var epoch = TemporaryStore.epoch(1)
            epoch.seconds = run.sweepID == heavy.id ? 300 : 100
            // Sent twice: time is counted once.
            for _ in 0..<2 { _ = try await test.store.record([epoch], run: run.id, attempt: 1) }
            _ = try await test.store.finish(run: run.id, attempt: 1, testDSC: 0.5, testDSCSD: 0, testCases: 1)
            return run.sweepID
        }
        var order: [String] = []
        for _ in 0..<6 { order.append(try await trainNext()) }
        // 300 to 100, 200, 300; a tie goes to the one whose turn is longer ago.
        #expect(order == [heavy, light, light, light, heavy, light].map(\.id))
        test.clock.advance(25 * 3600)
        // The day has passed: both have trained nothing again, and tok_heavy's turn is longer ago.
        #expect(try await trainNext() == heavy.id)
    }

    @Test func oldestFirstWithinASubmitter() async throws {
        let test = try TemporaryStore()
        let sweeps = [try await test.addSweep(runs: 2), try await test.addSweep(runs: 1)]
        let first = try await test.claim()
        // Given back, it has its place in the line again.
        _ = try await test.store.release(run: first.id, attempt: 1)
        var order: [RunRecord] = []
        for _ in 0..<3 { order.append(try await test.claim()) }
        #expect(order.map(\.sweepID) == [sweeps[0].id, sweeps[0].id, sweeps[1].id])
        #expect(order.map(\.size) == [1, 2, 1])
    }
}
