import Testing

@testable import Storage

@Suite struct PauseTests {
    private func checkpoint(_ attempt: Int) -> CheckpointRecord {
        CheckpointRecord(
            attempt: attempt, epoch: 0, step: 1, file: "c\(attempt)", bytes: 1,
            sha256: String(repeating: "b", count: 64))
    }

    @Test func aQueuedRunWaitsAtItsOldPlace() async throws {
        let test = try TemporaryStore()
        let sweep = try await test.addSweep(runs: 3)
        let runs = try await test.store.runs(ofSweep: sweep.id, limit: 10).items
        let paused = try await test.store.pause(run: runs[0].id)
        #expect(paused.state == .paused && paused.pause == .run && paused.version > runs[0].version)
        // One run's pause is not its sweep's.
        #expect(try await test.store.sweep(sweep.id).state == .queued)
        #expect(try await test.claim().id == runs[1].id)
        let resumed = try await test.store.resume(run: runs[0].id)
        #expect(resumed.state == .queued && resumed.pause == nil)
        #expect(try await test.claim().id == runs[0].id)
    }

    @Test func aRunInTrainingIsPausedWhenItsWorkerLetsGo() async throws {
        let test = try TemporaryStore()
        _ = try await test.addSweep(runs: 1)
        let run = try await test.claim()
        #expect(try await test.store.order(run: run.id, attempt: 1) == nil)
        let asked = try await test.store.pause(run: run.id)
        #expect(asked.state == .running && asked.pause == .run && asked.version > run.version)
        #expect(try await test.store.order(run: run.id, attempt: 1) == .pause)
        // Until then it is the worker's.
        #expect(try await test.store.record([TemporaryStore.epoch(1)], run: run.id, attempt: 1) == 1)
        _ = try await test.store.save(checkpoint(1), run: run.id)
        let released = try await test.store.release(run: run.id, attempt: 1)
        #expect(released.state == .paused && released.pause == .run && released.failures == 0)
        #expect(try await test.store.claim(worker: "w", leaseSeconds: 20) == nil)
        #expect(try await test.store.checkpoints(ofRun: run.id).first?.file == "c1")
        _ = try await test.store.resume(run: run.id)
        let again = try await test.claim()
        #expect(again.id == run.id && again.attempt == 2 && again.epochsDone == 1 && again.pause == nil)
    }

    @Test func anOrderCanBeTakenBack() async throws {
        let test = try TemporaryStore()
        let sweep = try await test.addSweep(runs: 2)
        let run = try await test.claim()
        _ = try await test.store.pause(sweep: sweep.id)
        _ = try await test.store.resume(sweep: sweep.id)
        #expect(try await test.store.order(run: run.id, attempt: 1) == nil)
        // The worker may have heard it all the same.
        #expect(try await test.store.release(run: run.id, attempt: 1).state == .queued)
    }

    @Test func anOrderIsForTheWorkerThatHoldsTheRun() async throws {
        let test = try TemporaryStore()
        _ = try await test.addSweep(runs: 1)
        let run = try await test.claim()
        await #expect(throws: StorageError.staleAttempt(run: run.id, attempt: 2, state: .running)) {
            try await test.store.order(run: run.id, attempt: 2)
        }
        _ = try await test.store.cancel(run: run.id)
        await #expect(throws: StorageError.staleAttempt(run: run.id, attempt: 1, state: .cancelled)) {
            try await test.store.order(run: run.id, attempt: 1)
        }
        await #expect(throws: StorageError.notFound(kind: "run", id: "none")) {
            try await test.store.order(run: "none", attempt: 1)
        }
    }

    /// What else may happen before the worker lets go.
    @Test func aWorkerThatIsLostLeavesThePausedRunItsCheckpoint() async throws {
        let test = try TemporaryStore()
        _ = try await test.addSweep(runs: 1)
        let run = try await test.claim()
        _ = try await test.store.save(checkpoint(1), run: run.id)
        _ = try await test.store.pause(run: run.id)
        test.clock.advance(20.1)
        let lost = try await test.store.requeueExpired()
        #expect(lost.runs.map(\.state) == [.paused] && lost.runs.map(\.failures) == [1])
        #expect(lost.orphans == OrphanedFiles())
        #expect(lost.runs[0].pause == .run && lost.runs[0].error?.contains("was lost") == true)
        #expect(try await test.store.checkpoints(ofRun: run.id).first != nil)
        _ = try await test.store.resume(run: run.id)
        #expect(try await test.claim().attempt == 2)
    }

    @Test func aFailureOfARunThatIsToBePausedPausesIt() async throws {
        let test = try TemporaryStore()
        _ = try await test.addSweep(runs: 1, retry: .init(maxFailures: 2, backoffSeconds: 10))
        let run = try await test.claim()
        _ = try await test.store.pause(run: run.id)
        let failed = try await test.store.fail(run: run.id, attempt: 1, message: "no", log: "line", retry: true).run
        #expect(failed.state == .paused && failed.failures == 1 && failed.notBefore == nil && failed.error == "no")
        _ = try await test.store.resume(run: run.id)
        _ = try await test.claim()
        _ = try await test.store.pause(run: run.id)
        let last = try await test.store.fail(run: run.id, attempt: 2, message: "no", retry: true).run
        #expect(last.state == .failed && last.pause == nil)
    }

    @Test func aRunThatFinishesFirstHasFinished() async throws {
        let test = try TemporaryStore()
        let sweep = try await test.addSweep(runs: 1, epochs: 1)
        let run = try await test.claim()
        _ = try await test.store.record([TemporaryStore.epoch(1)], run: run.id, attempt: 1)
        _ = try await test.store.pause(sweep: sweep.id)
        let done = try await test.store.finish(run: run.id, attempt: 1, testDSC: 0.5, testDSCSD: 0, testCases: 1).run
        #expect(done.state == .succeeded && done.pause == nil)
        #expect(try await test.store.sweep(sweep.id).state == .succeeded)
    }

    /// A server that is started anew still knows it.
    @Test func anOrderOutlivesTheServer() async throws {
        let test = try TemporaryStore()
        _ = try await test.addSweep(runs: 1)
        let run = try await test.claim()
        _ = try await test.store.pause(run: run.id)
        let store = try test.reopened()
        #expect(try await store.order(run: run.id, attempt: 1) == .pause)
        test.clock.advance(20.1)
        #expect(try await store.requeueExpired().runs.map(\.state) == [.paused])
    }

    @Test func aSweepIsPausedWithEveryUnfinishedRunAndResumedButForThoseOnTheirOwn() async throws {
        let test = try TemporaryStore()
        let sweep = try await test.addSweep(runs: 5, epochs: 1, retry: .init(maxFailures: 5, backoffSeconds: 10))
        let done = try await test.claim()
        _ = try await test.store.record([TemporaryStore.epoch(1)], run: done.id, attempt: 1)
        _ = try await test.store.finish(run: done.id, attempt: 1, testDSC: 0.5, testDSCSD: 0, testCases: 1)
        let waiting = try await test.claim()
        _ = try await test.store.fail(run: waiting.id, attempt: 1, message: "no", retry: true)
        let running = try await test.claim()
        let own = try await test.store.runs(ofSweep: sweep.id, state: .queued, limit: 10).items[1]
        _ = try await test.store.pause(run: own.id)

        let before = try await test.store.sweep(sweep.id).version
        let paused = try await test.store.pause(sweep: sweep.id)
        #expect(paused.state == .paused && paused.version > before && paused.finishedAt == nil)
        #expect(paused.runs == [.succeeded: 1, .paused: 3, .running: 1])
        #expect(try await test.store.order(run: running.id, attempt: 1) == .pause)
        _ = try await test.store.release(run: running.id, attempt: 1)
        test.clock.advance(60)
        #expect(try await test.store.claim(worker: "w", leaseSeconds: 20) == nil)

        let resumed = try await test.store.resume(sweep: sweep.id)
        #expect(resumed.state == .running && resumed.runs == [.succeeded: 1, .paused: 1, .queued: 3])
        #expect(try await test.store.run(own.id).pause == .run)
        #expect(try await test.claim().id == waiting.id)
    }

    @Test func aSweepThatNeverBeganIsQueuedAgain() async throws {
        let test = try TemporaryStore()
        let sweep = try await test.addSweep(runs: 2)
        _ = try await test.store.pause(sweep: sweep.id)
        #expect(try await test.store.resume(sweep: sweep.id).state == .queued)
        #expect(try await test.claim().sweepID == sweep.id)
    }

    @Test func aPausedSweepsRunsResumeWithIt() async throws {
        let test = try TemporaryStore()
        let sweep = try await test.addSweep(runs: 2)
        let runs = try await test.store.runs(ofSweep: sweep.id, limit: 10).items
        _ = try await test.store.pause(sweep: sweep.id)
        await #expect(throws: StorageError.self) { try await test.store.resume(run: runs[0].id) }
        // Paused on its own as well, it stays so.
        #expect(try await test.store.pause(run: runs[0].id).pause == .run)
        _ = try await test.store.resume(sweep: sweep.id)
        #expect(try await test.store.run(runs[0].id).state == .paused)
        #expect(try await test.store.run(runs[1].id).state == .queued)
    }

    @Test func aPausedSweepEndsWithItsLastRun() async throws {
        let test = try TemporaryStore()
        let sweep = try await test.addSweep(runs: 2)
        let runs = try await test.store.runs(ofSweep: sweep.id, limit: 10).items
        _ = try await test.store.pause(sweep: sweep.id)
        _ = try await test.store.cancel(run: runs[0].id)
        #expect(try await test.store.sweep(sweep.id).state == .paused)
        _ = try await test.store.cancel(run: runs[1].id)
        #expect(try await test.store.sweep(sweep.id).state == .cancelled)
    }

    @Test func whatIsRunAgainInAPausedSweepWaitsForItsResumption() async throws {
        let test = try TemporaryStore()
        let sweep = try await test.addSweep(runs: 2)
        let run = try await test.claim()
        _ = try await test.store.fail(run: run.id, attempt: 1, message: "no", retry: false)
        _ = try await test.store.pause(sweep: sweep.id)
        let again = try await test.store.rerun(run: run.id)
        #expect(again.state == .paused && again.pause == .sweep)
        #expect(try await test.store.sweep(sweep.id).state == .paused)
        _ = try await test.store.resume(sweep: sweep.id)
        #expect(try await test.claim().id == run.id)
    }

    /// Those who follow a sweep see that a run is about to be paused, and that it is.
    @Test func aPauseIsAChange() async throws {
        let test = try TemporaryStore()
        let sweep = try await test.addSweep(runs: 1)
        let run = try await test.claim()
        func changes(after position: Change.Position) async throws -> [Change] {
            try await test.store.changes(ofSweep: sweep.id, after: position, limit: 10)
        }
        var last = try #require(try await changes(after: .start).last).position
        func next() async throws -> [String] {
            let news = try await changes(after: last)
            last = news.last?.position ?? last
            return news.map { change in
                switch change.content {
                case .run(let run): "run \(run.state) \(run.pause?.rawValue ?? "-")"
                case .sweep(let sweep): "sweep \(sweep.state)"
                case .epoch: "epoch"
                }
            }
        }
        _ = try await test.store.pause(sweep: sweep.id)
        #expect(try await next().sorted() == ["run running sweep", "sweep paused"])
        _ = try await test.store.release(run: run.id, attempt: 1)
        #expect(try await next() == ["run paused sweep"])
        _ = try await test.store.resume(sweep: sweep.id)
        #expect(try await next().sorted() == ["run queued -", "sweep running"])
    }
}
