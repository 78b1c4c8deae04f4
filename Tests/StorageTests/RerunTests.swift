import Testing

@testable import Storage

@Suite struct RerunTests {
    /// A sweep of a run in each state that a run of it can end in, and one that is queued.
    private func mixed(_ test: TemporaryStore) async throws -> (sweep: String, runs: [RunState: String]) {
        let sweep = try await test.addSweep(runs: 4, epochs: 2)
        let failed = try await test.claim()
        _ = try await test.store.record([TemporaryStore.epoch(1)], run: failed.id, attempt: 1)
        _ = try await test.store.fail(run: failed.id, attempt: 1, message: "no", log: "line", retry: false)
        let done = try await test.claim()
        _ = try await test.store.record((1...2).map { TemporaryStore.epoch($0) }, run: done.id, attempt: 1)
        _ = try await test.store.finish(run: done.id, attempt: 1, testDSC: 0.5, testDSCSD: 0, testCases: 1)
        let cancelled = try await test.claim()
        _ = try await test.store.cancel(run: cancelled.id)
        let queued = try await test.store.runs(ofSweep: sweep.id, state: .queued, limit: 1).items[0]
        return (
            sweep.id, [.failed: failed.id, .succeeded: done.id, .cancelled: cancelled.id, .queued: queued.id]
        )
    }

    @Test func onlyFailedRunsAreRunAgain() async throws {
        let test = try TemporaryStore()
        let (id, runs) = try await mixed(test)
        let queued = try #require(runs[.queued])
        _ = try await test.claim()
        _ = try await test.store.fail(run: queued, attempt: 1, message: "no", retry: false)
        let ended = try await test.store.sweep(id)
        #expect(ended.state == .failed && ended.finishedAt != nil)

        let again = try await test.store.rerun(sweep: id)
        #expect(again.state == .running && again.finishedAt == nil && again.version > ended.version)
        #expect(again.runs == [.queued: 2, .succeeded: 1, .cancelled: 1])
        let failed = try #require(runs[.failed])
        #expect(try await test.store.failureLog(ofRun: failed) == nil)
        let run = try await test.claim()
        #expect(run.id == failed && run.attempt == 2 && run.failures == 0 && run.error == nil && run.epochsDone == 1)
        // The first epoch again, which stays as it is, then the second.
        let epochs = [TemporaryStore.epoch(1, dsc: 0.9), TemporaryStore.epoch(2)]
        #expect(try await test.store.record(epochs, run: failed, attempt: 2) == 2)
        #expect(try await test.store.curve(ofRun: failed).map(\.valDSC) == [0.5, 0.5])
        _ = try await test.store.finish(run: failed, attempt: 2, testDSC: 0.5, testDSCSD: 0, testCases: 1)
        let last = try await test.claim()
        _ = try await test.store.record((1...2).map { TemporaryStore.epoch($0) }, run: last.id, attempt: 2)
        _ = try await test.store.finish(run: last.id, attempt: 2, testDSC: 0.5, testDSCSD: 0, testCases: 1)
        let succeeded = try await test.store.sweep(id)
        #expect(succeeded.state == .succeeded && succeeded.finishedAt != nil)
    }

    @Test func nothingIsRunAgainThatHasNotFailed() async throws {
        let test = try TemporaryStore()
        let (id, runs) = try await mixed(test)
        for (state, run) in runs where state != .failed {
            await #expect(throws: StorageError.self) { try await test.store.rerun(run: run) }
            #expect(try await test.store.run(run).state == state)
        }
        let failed = try #require(runs[.failed])
        #expect(try await test.store.rerun(run: failed).state == .queued)
        await #expect(throws: StorageError.self) { try await test.store.rerun(run: failed) }
        await #expect(throws: StorageError.self) { try await test.store.rerun(sweep: id) }
    }

    @Test func aCancelledSweepStaysCancelled() async throws {
        let test = try TemporaryStore()
        let (id, runs) = try await mixed(test)
        _ = try await test.store.cancel(sweep: id)
        await #expect(throws: StorageError.self) { try await test.store.rerun(sweep: id) }
        let failed = try #require(runs[.failed])
        await #expect(throws: StorageError.self) { try await test.store.rerun(run: failed) }
        #expect(try await test.store.sweep(id).runs == [.failed: 1, .succeeded: 1, .cancelled: 2])
    }

    @Test func aQuarantinedRunHasItsChancesAnew() async throws {
        let test = try TemporaryStore()
        _ = try await test.addSweep(runs: 1)
        for round in 0..<2 {
            for expected in [RunState.queued, .failed] {
                _ = try await test.claim()
                test.clock.advance(21)
                #expect(try await test.store.requeueExpired().runs.map(\.state) == [expected], "round \(round)")
            }
            let id = try await test.store.sweeps(limit: 1).items[0].id
            _ = try await test.store.rerun(sweep: id)
        }
    }

    // MARK: Checkpoints of failed runs

    /// A sweep's only run, failed for good in its second attempt after a checkpoint of the first epoch.
    private func failedRun(_ test: TemporaryStore) async throws -> (sweep: String, run: String) {
        let sweep = try await test.addSweep(runs: 2)
        let run = try await test.claim()
        _ = try await test.store.record([TemporaryStore.epoch(1)], run: run.id, attempt: 1)
        let checkpoint = CheckpointRecord(
            attempt: 1, epoch: 1, step: 2, file: "c1", bytes: 9, sha256: String(repeating: "c", count: 64))
        #expect(try await test.store.save(checkpoint, run: run.id) == [])
        let failed = try await test.store.fail(run: run.id, attempt: 1, message: "no", retry: false)
        #expect(failed.run.state == .failed && failed.orphans == OrphanedFiles())
        return (sweep.id, run.id)
    }

    @Test func aRunThatIsRunAgainGoesOnFromItsCheckpoint() async throws {
        let test = try TemporaryStore()
        let (_, run) = try await failedRun(test)
        test.clock.advance(6.9 * 86_400)
        #expect(try await test.store.dropOldCheckpoints() == [])
        _ = try await test.store.rerun(run: run)
        // The time that it failed at is over with the failure.
        test.clock.advance(86_400)
        #expect(try await test.store.dropOldCheckpoints() == [])
        #expect(try await test.claim().id == run)
        #expect(try await test.store.checkpoints(ofRun: run).map(\.file) == ["c1"])
        _ = try await test.store.record((2...3).map { TemporaryStore.epoch($0) }, run: run, attempt: 2)
        let done = try await test.store.finish(run: run, attempt: 2, testDSC: 0.5, testDSCSD: 0, testCases: 1)
        #expect(done.orphans == OrphanedFiles(checkpoints: ["c1"]))
    }

    @Test func aCheckpointThatNobodyGoesOnFromIsDroppedInTime() async throws {
        let test = try TemporaryStore()
        let (_, run) = try await failedRun(test)
        test.clock.advance(Store.failedCheckpointDays * 86_400 + 1)
        #expect(try await test.store.dropOldCheckpoints() == ["c1"])
        #expect(try await test.store.dropOldCheckpoints() == [])
        _ = try await test.store.rerun(run: run)
        #expect(try await test.claim().epochsDone == 1)
        #expect(try await test.store.checkpoints(ofRun: run).isEmpty)
    }

    @Test func aCancelledSweepsFailedRunsLeaveNothing() async throws {
        let test = try TemporaryStore()
        let (sweep, _) = try await failedRun(test)
        #expect(try await test.store.cancel(sweep: sweep).orphans == OrphanedFiles(checkpoints: ["c1"]))
        #expect(try await test.store.checkpointFiles().isEmpty)
    }
}
