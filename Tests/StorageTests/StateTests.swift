import GRDB
import TestSupport
import Testing

@testable import Storage

/// Every action on every state, as ARCHITECTURE.md has it.
@Suite struct StateTests {
    @Test func everyActionOnEveryStateOfARun() async throws {
        for each in try StateTable(of: "run").cases {
            let scene = try await RunScene(
                epochs: each.action == "stop early" || ["stopping", "stopped_early"].contains(each.state) ? 2 : 1)
            try await scene.reach(each.state)
            let before = try await scene.run
            #expect(RunScene.word(before) == each.state)
            do {
                try await scene.act(each.action)
                #expect(RunScene.word(try await scene.run) == each.after, "\(each)")
            } catch let error as StorageError {
                #expect(each.after == nil, "\(each): \(error)")
                #expect(error.tells(before.state.rawValue), "\(each): \(error)")
                let after = try await scene.run
                #expect(RunScene.word(after) == each.state && after.version == before.version, "\(each)")
            }
            #expect(try await scene.test.store.countsRunsInTraining(), "\(each)")
        }
    }

    @Test func everyActionOnEveryStateOfASweep() async throws {
        for each in try StateTable(of: "sweep").cases {
            let scene = try await SweepScene()
            guard try await scene.reach(each.state, for: each.action) else {
                #expect(each.after == each.state, "\(each) cannot be")
                continue
            }
            let before = try await scene.sweep
            #expect(before.state.rawValue == each.state)
            do {
                try await scene.act(each.action)
                #expect(try await scene.sweep.state.rawValue == each.after, "\(each)")
            } catch let error as StorageError {
                #expect(each.after == nil, "\(each): \(error)")
                #expect(error.tells(each.state), "\(each): \(error)")
                let after = try await scene.sweep
                #expect(after.state == before.state && after.version == before.version, "\(each)")
            }
            #expect(try await scene.test.store.countsRunsInTraining(), "\(each)")
        }
    }

    @Test func theTablesHaveEveryState() throws {
        let run = try StateTable(of: "run").states
        #expect(Set(run) == Set(RunState.allCases.map(\.rawValue) + ["pausing", "stopping"]))
        #expect(Set(try StateTable(of: "sweep").states) == Set(SweepState.allCases.map(\.rawValue)))
    }
}

extension StorageError {
    /// It is a refusal that says what state there is.
    fileprivate func tells(_ state: String) -> Bool {
        switch self {
        case .invalidState(let detail): detail.contains(state)
        case .staleAttempt(_, _, let now): now.rawValue == state
        default: false
        }
    }
}

private struct UnknownWord: Error {
    var word: String
}

/// A run in a sweep of its own, whose first attempt has trained an epoch.
private struct RunScene {
    let test: TemporaryStore
    private let id: String

    /// - Parameter epochs: one that may be stopped early has more than one.
    init(epochs: Int) async throws {
        test = try TemporaryStore()
        let sweep = try await test.addSweep(runs: 1, epochs: epochs)
        id = try await test.store.runs(ofSweep: sweep.id, limit: 1).items[0].id
    }

    var run: RunRecord { get async throws { try await test.store.run(id) } }

    static func word(_ run: RunRecord) -> String {
        switch run.state {
        case .running where run.stop != nil: "stopping"
        case .running where run.pause != nil: "pausing"
        default: run.state.rawValue
        }
    }

    func reach(_ state: String) async throws {
        _ = try await test.claim()
        try await act("epochs")
        switch state {
        case "running": break
        case "pausing": try await act("pause")
        case "queued": try await act("release")
        case "paused":
            try await act("pause")
            try await act("release")
        case "stopping": try await act("stop early")
        case "succeeded": try await finish()
        case "stopped_early":
            try await act("stop early")
            try await act("finish")
        case "failed": try await act("fail for good")
        case "cancelled": try await act("cancel")
        default: throw UnknownWord(word: state)
        }
    }

    /// With all of its epochs on record.
    private func finish() async throws {
        if try await run.epochsTotal > 1 {
            _ = try await test.store.record([TemporaryStore.epoch(2)], run: id, attempt: 1)
        }
        try await act("finish")
    }

    /// As the first attempt's worker, as the server, or as a user.
    func act(_ action: String) async throws {
        let store = test.store
        let hash = String(repeating: "a", count: 64)
        switch action {
        case "claim": _ = try await store.claim(worker: "w", leaseSeconds: 20)
        case "heartbeat": try await store.heartbeat(run: id, attempt: 1, leaseSeconds: 20)
        case "epochs": _ = try await store.record([TemporaryStore.epoch(1)], run: id, attempt: 1)
        case "checkpoint":
            _ = try await store.save(
                CheckpointRecord(attempt: 1, epoch: 1, step: 2, file: "c", bytes: 1, sha256: hash), run: id)
        case "model": _ = try await store.save(ModelRecord(attempt: 1, file: "m", bytes: 1, sha256: hash), run: id)
        case "finish":
            _ = try await store.finish(
                run: id, attempt: 1, testDSC: 0.5, testDSCSD: 0, testCases: 1, stoppedEarly: true)
        case "stop early":
            let stop = EarlyStop(low: 0.4, median: 0.5, high: 0.6, surrogateVersion: 0)
            #expect(try await store.stopEarly(run: id, attempt: 1, stop))
        case "fail": _ = try await store.fail(run: id, attempt: 1, message: "no", retry: true)
        case "fail for good": _ = try await store.fail(run: id, attempt: 1, message: "no", retry: false)
        case "release": _ = try await store.release(run: id, attempt: 1)
        case "the lease lapses":
            test.clock.advance(20.1)
            _ = try await store.requeueExpired()
        case "pause": _ = try await store.pause(run: id)
        case "resume": _ = try await store.resume(run: id)
        case "cancel": _ = try await store.cancel(run: id)
        case "rerun": _ = try await store.rerun(run: id)
        default: throw UnknownWord(word: action)
        }
    }
}

/// A sweep of two runs of one epoch, which are in training unless it is queued.
private struct SweepScene {
    let test: TemporaryStore
    private let id: String

    init() async throws {
        test = try TemporaryStore()
        id = try await test.addSweep(runs: 2, epochs: 1).id
    }

    var sweep: SweepRecord { get async throws { try await test.store.sweep(id) } }

    private var unfinished: [RunRecord] {
        get async throws {
            try await test.store.runs(ofSweep: id, limit: 10).items.filter { !$0.state.isFinal }
        }
    }

    /// - Returns: whether there can be such a sweep for the action.
    func reach(_ state: String, for action: String) async throws -> Bool {
        let needsFailure = action == "rerun, a run has failed"
        if needsFailure, ["queued", "succeeded"].contains(state) { return false }
        if action == "rerun, none has failed", state == "failed" { return false }
        if state == "queued" { return !action.hasPrefix("the last run") || action == "the last run is cancelled" }
        for _ in 0..<2 { _ = try await test.claim() }
        if needsFailure {
            _ = try await test.store.fail(run: try await unfinished[0].id, attempt: 1, message: "no", retry: false)
        }
        switch state {
        case "running": break
        case "paused": try await act("pause")
        case "succeeded": try await act("the last run succeeds")
        case "failed": try await act("the last run fails")
        case "cancelled": try await act("cancel")
        default: throw UnknownWord(word: state)
        }
        return true
    }

    func act(_ action: String) async throws {
        let store = test.store
        switch action {
        case "a run is claimed": _ = try await store.claim(worker: "w", leaseSeconds: 20)
        case "the last run succeeds":
            for run in try await unfinished {
                _ = try await store.record([TemporaryStore.epoch(1)], run: run.id, attempt: 1)
                _ = try await store.finish(run: run.id, attempt: 1, testDSC: 0.5, testDSCSD: 0, testCases: 1)
            }
        case "the last run fails":
            for run in try await unfinished {
                _ = try await store.fail(run: run.id, attempt: 1, message: "no", retry: false)
            }
        case "the last run is cancelled":
            for run in try await unfinished { _ = try await store.cancel(run: run.id) }
        case "pause": _ = try await store.pause(sweep: id)
        case "resume": _ = try await store.resume(sweep: id)
        case "prioritize": _ = try await store.change(sweep: id, SweepChange(priority: 1))
        case "cancel": _ = try await store.cancel(sweep: id)
        case "extend":
            let run = NewSweep.Run(
                size: 9, fraction: 0.5, depth: 3, seed: 0, subsetHash: "hash", stepsPerEpoch: 2, epochsTotal: 1,
                parameterCount: 10)
            #expect(try await store.extend(sweep: id, from: "{}", to: "{}", runs: [run]) != nil)
        case "rerun, a run has failed", "rerun, none has failed": _ = try await store.rerun(sweep: id)
        default: throw UnknownWord(word: action)
        }
    }
}
