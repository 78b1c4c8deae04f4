import Testing

@testable import Storage

@Suite struct EarlyStopTests {
    private static let stop = EarlyStop(low: 0.69, median: 0.7, high: 0.71, surrogateVersion: 3)

    /// In training, two of three epochs on record.
    private func run(_ test: TemporaryStore) async throws -> RunRecord {
        _ = try await test.addSweep(runs: 2)
        let run = try await test.claim()
        _ = try await test.store.record([1, 2].map { TemporaryStore.epoch($0) }, run: run.id, attempt: 1)
        return run
    }

    private func finish(_ run: RunRecord, _ test: TemporaryStore, attempt: Int = 1) async throws -> RunRecord {
        try await test.store.finish(
            run: run.id, attempt: attempt, testDSC: 0.6, testDSCSD: 0.1, testCases: 4, stoppedEarly: true
        ).run
    }

    @Test func endsWithItsForecastAndItsWeights() async throws {
        let test = try TemporaryStore()
        let run = try await run(test)
        #expect(try await test.store.stopEarly(run: run.id, attempt: 1, Self.stop))
        #expect(try await test.store.order(run: run.id, attempt: 1) == .stopEarly)
        let model = ModelRecord(attempt: 1, file: "m", bytes: 9, sha256: String(repeating: "c", count: 64))
        #expect(try await test.store.save(model, run: run.id) == nil)
        let ended = try await finish(run, test)
        #expect(ended.state == .stoppedEarly && ended.stop == Self.stop && ended.epochsDone == 2)
        #expect(ended.testDSC == 0.6 && ended.testCases == 4 && ended.finishedAt != nil && ended.model?.file == "m")
        #expect(test.store.figures.runsStoppedEarly == 1 && test.store.figures.runsSucceeded == 0)
        // No whole curve: nothing to train a surrogate on.
        #expect(try await test.store.finishedRuns(limit: 10).isEmpty)
        let sweep = try await test.store.sweep(run.sweepID)
        #expect(sweep.runs[.stoppedEarly] == 1 && sweep.epochsDone == 2 && sweep.epochsTotal == 5)
    }

    @Test func theLastOfTheSweepsRunsLetsItSucceed() async throws {
        let test = try TemporaryStore()
        let sweep = try await test.addSweep(runs: 1)
        let run = try await test.claim()
        _ = try await test.store.record([TemporaryStore.epoch(1)], run: run.id, attempt: 1)
        #expect(try await test.store.stopEarly(run: run.id, attempt: 1, Self.stop))
        _ = try await finish(run, test)
        #expect(try await test.store.sweep(sweep.id).state == .succeeded)
    }

    @Test func cannotEndWithoutTheOrder() async throws {
        let test = try TemporaryStore()
        let run = try await run(test)
        let error = await #expect(throws: StorageError.self) { try await finish(run, test) }
        #expect("\(error as Any)".contains("nobody told it"))
        #expect(try await test.store.run(run.id).state == .running)
    }

    @Test func aRunThatTrainedEveryEpochHasSucceeded() async throws {
        let test = try TemporaryStore()
        let run = try await run(test)
        #expect(try await test.store.stopEarly(run: run.id, attempt: 1, Self.stop))
        _ = try await test.store.record([TemporaryStore.epoch(3)], run: run.id, attempt: 1)
        // Too late now.
        #expect(try await !test.store.stopEarly(run: run.id, attempt: 1, Self.stop))
        let ended = try await finish(run, test)
        #expect(ended.state == .succeeded && ended.stop == nil)
    }

    /// The next attempt trains an epoch more before it is decided anew.
    @Test(arguments: ["release", "fail", "lapse"]) func theOrderEndsWithItsAttempt(how: String) async throws {
        let test = try TemporaryStore()
        let run = try await run(test)
        #expect(try await test.store.stopEarly(run: run.id, attempt: 1, Self.stop))
        switch how {
        case "release": _ = try await test.store.release(run: run.id, attempt: 1)
        case "fail": _ = try await test.store.fail(run: run.id, attempt: 1, message: "no", retry: true)
        default:
            test.clock.advance(20.1)
            _ = try await test.store.requeueExpired()
        }
        #expect(try await test.store.run(run.id).stop == nil)
        let again = try await test.claim()
        #expect(again.id == run.id)
        #expect(try await test.store.order(run: run.id, attempt: 2) == nil)
        await #expect(throws: StorageError.staleAttempt(run: run.id, attempt: 1, state: .running)) {
            try await test.store.stopEarly(run: run.id, attempt: 1, Self.stop)
        }
    }

    @Test func aPauseComesAfterTheEnd() async throws {
        let test = try TemporaryStore()
        let run = try await run(test)
        _ = try await test.store.pause(run: run.id)
        #expect(try await test.store.order(run: run.id, attempt: 1) == .pause)
        #expect(try await test.store.stopEarly(run: run.id, attempt: 1, Self.stop))
        #expect(try await test.store.order(run: run.id, attempt: 1) == .stopEarly)
        #expect(try await finish(run, test).pause == nil)
    }

    @Test func aRunKeepsTheToleranceOfItsSubmission() async throws {
        let test = try TemporaryStore()
        var sweep = test.sweep(try await test.addDataset(), runs: 2)
        sweep.runs[0].tolerance = 0.05
        _ = try await test.store.insert(sweep)
        let (first, second) = (try await test.claim(), try await test.claim())
        let standing = try await test.store.standing(run: first.id, attempt: 1)
        #expect(standing.tolerance == 0.05 && standing.epochsDone == 0 && standing.epochsTotal == 3)
        #expect(try await test.store.standing(run: second.id, attempt: 1).tolerance == nil)
    }
}
