import Foundation
import Testing

@testable import Storage

@Suite struct RetryTests {
    @Test func aRunThatFailsTooOftenIsFailedForGood() async throws {
        let test = try TemporaryStore()
        let sweep = try await test.addSweep(runs: 1, retry: .init(maxFailures: 2, backoffSeconds: 0))
        let run = try await test.claim()
        #expect(try await test.store.fail(run: run.id, attempt: 1, message: "first", retry: true).run.state == .queued)
        _ = try await test.claim()
        let failed = try await test.store.fail(run: run.id, attempt: 2, message: "second", retry: true).run
        #expect(failed.state == .failed && failed.error == "second" && failed.finishedAt != nil)
        #expect(try await test.store.sweep(sweep.id).state == .failed)
        #expect(try await test.store.claim(worker: "w", leaseSeconds: 20) == nil)
    }

    @Test func anEpochForgivesFailures() async throws {
        let test = try TemporaryStore()
        _ = try await test.addSweep(runs: 1, epochs: 3, retry: .init(maxFailures: 2, backoffSeconds: 0))
        for attempt in 1...3 {
            let run = try await test.claim()
            _ = try await test.store.record([TemporaryStore.epoch(attempt)], run: run.id, attempt: attempt)
            #expect(
                try await test.store.fail(run: run.id, attempt: attempt, message: "lost", retry: true).run.state
                    == .queued)
        }
        let run = try await test.claim()
        // A point that was there already is no progress.
        _ = try await test.store.record([TemporaryStore.epoch(3)], run: run.id, attempt: 4)
        #expect(try await test.store.fail(run: run.id, attempt: 4, message: "lost", retry: true).run.state == .failed)
    }

    @Test func aHopelessRunIsNotTriedAgain() async throws {
        let test = try TemporaryStore()
        _ = try await test.addSweep(runs: 1)
        let run = try await test.claim()
        let failed = try await test.store.fail(run: run.id, attempt: 1, message: "no", retry: false).run
        #expect(failed.state == .failed && failed.failures == 1 && failed.notBefore == nil)
    }

    @Test func aFailedRunWaitsBeforeItsNextAttemptAndKeepsNobodyElseWaiting() async throws {
        let test = try TemporaryStore()
        _ = try await test.addSweep(runs: 2, retry: .init(maxFailures: 5, backoffSeconds: 10))
        let run = try await test.claim()
        let waiting = try await test.store.fail(run: run.id, attempt: 1, message: "no", retry: true).run
        #expect(waiting.state == .queued && waiting.notBefore == test.clock.now + 10)
        #expect(try await test.claim().id != run.id)
        test.clock.advance(9.75)
        #expect(try await test.store.claim(worker: "w", leaseSeconds: 20) == nil)
        test.clock.advance(0.25)
        let again = try await test.claim()
        #expect(again.id == run.id && again.notBefore == nil && again.version > waiting.version)
        // Twice as long after the second.
        let second = try await test.store.fail(run: run.id, attempt: 2, message: "no", retry: true).run
        #expect(second.notBefore == test.clock.now + 20)
        // A cancelled one waits for nothing.
        #expect(try await test.store.cancel(run: run.id).run.notBefore == nil)
    }

    @Test func aClockThatIsSetBackKeepsNoRunWaiting() async throws {
        let test = try TemporaryStore()
        _ = try await test.addSweep(runs: 1, retry: .init(maxFailures: 5, backoffSeconds: 10))
        let run = try await test.claim()
        _ = try await test.store.fail(run: run.id, attempt: 1, message: "no", retry: true)
        test.clock.set(forward: -86_400)
        #expect(try await test.claim().id == run.id)
    }

    @Test func pausesDoubleUpToAnHour() {
        let policy = RetryPolicy(maxFailures: 20, backoffSeconds: 5)
        #expect((1...4).map { policy.pauseSeconds(afterFailures: $0, jitter: 0) } == [2.5, 5, 10, 20])
        #expect(policy.pauseSeconds(afterFailures: 20, jitter: 0) == 1800)
        #expect(policy.pauseSeconds(afterFailures: 20, jitter: 0.5) == 2700)
        #expect(RetryPolicy(backoffSeconds: 0).pauseSeconds(afterFailures: 20, jitter: 0.9) == 0)
        #expect(RetryPolicy(backoffSeconds: 3600).pauseSeconds(afterFailures: 3, jitter: 0) == 1800)
    }

    @Test func aFailureKeepsTheWorkersLogUntilTheRunSucceeds() async throws {
        let test = try TemporaryStore()
        _ = try await test.addSweep(runs: 1, epochs: 1)
        let run = try await test.claim()
        _ = try await test.store.fail(run: run.id, attempt: 1, message: "no", log: "one\ntwo", retry: true)
        #expect(try await test.store.failureLog(ofRun: run.id) == "one\ntwo")
        _ = try await test.claim()
        // The log of another failure says nothing of this one.
        _ = try await test.store.fail(run: run.id, attempt: 2, message: "no", log: "", retry: true)
        #expect(try await test.store.failureLog(ofRun: run.id) == nil)
        _ = try await test.claim()
        _ = try await test.store.fail(run: run.id, attempt: 3, message: "no", log: "three", retry: true)
        _ = try await test.claim()
        _ = try await test.store.record([TemporaryStore.epoch(1)], run: run.id, attempt: 4)
        _ = try await test.store.finish(run: run.id, attempt: 4, testDSC: 0.5, testDSCSD: 0, testCases: 1)
        #expect(try await test.store.failureLog(ofRun: run.id) == nil)
    }

    @Test func aRunThatLosesTwoWorkersInARowIsQuarantined() async throws {
        let test = try TemporaryStore()
        _ = try await test.addSweep(runs: 1)
        for attempt in 1...3 {
            let run = try await test.claim("w\(attempt)")
            // The first is forgiven.
            if attempt == 2 { _ = try await test.store.record([TemporaryStore.epoch(1)], run: run.id, attempt: 2) }
            test.clock.advance(20.1)
            let lost = try #require(try await test.store.requeueExpired().runs.first)
            #expect(lost.state == (attempt == 3 ? .failed : .queued) && lost.notBefore == nil)
            #expect(lost.error?.contains("w\(attempt)") == true)
            #expect(lost.error?.hasPrefix("quarantined") == (attempt == 3))
        }
        #expect(try await test.store.claim(worker: "w", leaseSeconds: 20) == nil)
    }
}
