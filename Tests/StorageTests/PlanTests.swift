import GRDB
import Testing

@testable import Storage

/// Sweeps whose runs are chosen one after another.
@Suite struct PlanTests {
    private static func cell(_ size: Int) -> NewSweep.Run {
        NewSweep.Run(
            size: size, fraction: 0.5, depth: 3, seed: 0, subsetHash: "hash", stepsPerEpoch: 2, epochsTotal: 1,
            parameterCount: 10)
    }

    /// An adaptive sweep of one run at first.
    private func adaptive(_ test: TemporaryStore) async throws -> SweepRecord {
        var sweep = test.sweep(try await test.addDataset(), runs: 1, epochs: 1)
        sweep.planJSON = "{}"
        return try await test.store.insert(sweep).sweep
    }

    private func finish(_ test: TemporaryStore) async throws {
        let run = try await test.claim()
        _ = try await test.store.record([TemporaryStore.epoch(1)], run: run.id, attempt: 1)
        _ = try await test.store.finish(run: run.id, attempt: 1, testDSC: 0.5, testDSCSD: 0, testCases: 1)
    }

    private static let ended = PlanStep(runs: [], isOpen: false, planJSON: #"{"end":"precise"}"#)

    @Test func goesOnWithItsLastRunUntilThePlanEnds() async throws {
        let test = try TemporaryStore()
        let sweep = try await adaptive(test)
        #expect(sweep.isPlanOpen && sweep.planJSON == "{}")
        // A run waits: nothing to plan.
        #expect(try await test.store.duePlans().isEmpty)
        try await finish(test)
        #expect(try await test.store.sweep(sweep.id).state == .running)
        let due = DuePlan(sweepID: sweep.id, running: 0, hasRoom: true, planJSON: "{}")
        #expect(try await test.store.duePlans() == [due])

        let basis = try await test.store.planBasis(sweep: sweep.id)
        #expect(basis.runs.map(\.size) == [1])
        let next = PlanStep(runs: [Self.cell(9)], isOpen: true, planJSON: "[1]")
        let planned = try #require(try await test.store.apply(next, to: basis))
        #expect(planned.runs[.queued] == 1 && planned.planJSON == "[1]" && planned.version > sweep.version)
        #expect(try await test.store.duePlans().isEmpty)
        try await finish(test)
        #expect(try await test.store.sweep(sweep.id).state == .running)

        let last = try await test.store.planBasis(sweep: sweep.id)
        let over = try #require(try await test.store.apply(Self.ended, to: last))
        #expect(over.state == .succeeded && !over.isPlanOpen && over.finishedAt != nil && over.stepsDone == 4)
        #expect(try await test.store.duePlans().isEmpty)
        #expect(try await test.store.cells(ofSweep: sweep.id).map(\.size) == [1, 9])
    }

    /// As when the server was killed between a choice and its end, or two were made at once.
    @Test func aChoiceIsQueuedOnce() async throws {
        let test = try TemporaryStore()
        let sweep = try await adaptive(test)
        try await finish(test)
        let basis = try await test.store.planBasis(sweep: sweep.id)
        let next = PlanStep(runs: [Self.cell(9)], isOpen: true, planJSON: "{}")
        #expect(try await test.store.apply(next, to: basis) != nil)
        #expect(try await test.store.apply(next, to: basis) == nil)
        #expect(try await test.store.apply(Self.ended, to: basis) == nil)
        #expect(try await test.store.sweep(sweep.id).runs[.queued] == 1)
        // The store of a server that is started again knows all of it.
        let again = try test.reopened()
        #expect(try await again.duePlans().isEmpty)
        #expect(try await again.planBasis(sweep: sweep.id).runs.map(\.size) == [1, 9])
    }

    @Test func aChoiceThatRestsOnAnEarlierStateIsDropped() async throws {
        let test = try TemporaryStore()
        let sweep = try await adaptive(test)
        let before = try await test.store.planBasis(sweep: sweep.id)
        try await finish(test)
        #expect(try await test.store.apply(Self.ended, to: before) == nil)
        // Epochs of a run under way are no reason to choose anew.
        let basis = try await test.store.planBasis(sweep: sweep.id)
        let two = PlanStep(runs: [Self.cell(8), Self.cell(9)], isOpen: true, planJSON: "{}")
        _ = try await test.store.apply(two, to: basis)
        let now = try await test.store.planBasis(sweep: sweep.id)
        let run = try await test.claim()
        _ = try await test.store.record([TemporaryStore.epoch(1)], run: run.id, attempt: 1)
        let third = PlanStep(runs: [Self.cell(10)], isOpen: true, planJSON: "{}")
        #expect(try await test.store.apply(third, to: now)?.runs[.queued] == 2)
    }

    @Test func aPlanThatEndsLetsTheRunsUnderWayEnd() async throws {
        let test = try TemporaryStore()
        let sweep = try await adaptive(test)
        let basis = try await test.store.planBasis(sweep: sweep.id)
        #expect(try await test.store.apply(Self.ended, to: basis)?.state == .queued)
        try await finish(test)
        #expect(try await test.store.sweep(sweep.id).state == .succeeded)
    }

    @Test func whatIsPausedOrCancelledIsNotPlanned() async throws {
        let test = try TemporaryStore()
        let sweep = try await adaptive(test)
        try await finish(test)
        let basis = try await test.store.planBasis(sweep: sweep.id)
        _ = try await test.store.pause(sweep: sweep.id)
        #expect(try await test.store.duePlans().isEmpty)
        #expect(try await test.store.apply(Self.ended, to: basis) == nil)
        _ = try await test.store.resume(sweep: sweep.id)
        #expect(try await test.store.duePlans().count == 1)
        let cancelled = try await test.store.cancel(sweep: sweep.id).sweep
        #expect(cancelled.state == .cancelled && !cancelled.isPlanOpen)
        #expect(try await test.store.duePlans().isEmpty)
    }

    @Test func anExtensionOpensThePlanAgain() async throws {
        let test = try TemporaryStore()
        let sweep = try await adaptive(test)
        try await finish(test)
        _ = try await test.store.apply(Self.ended, to: try await test.store.planBasis(sweep: sweep.id))
        #expect(try await test.store.extend(sweep: sweep.id, from: "{}", to: "{}", runs: [])?.state == .succeeded)
        let wider = try #require(try await test.store.extend(sweep: sweep.id, from: "{}", to: "[]", runs: []))
        #expect(wider.state == .running && wider.isPlanOpen && wider.finishedAt == nil)
        #expect(try await test.store.duePlans().map(\.sweepID) == [sweep.id])
    }

    @Test func theHoursOfATokenEndItsPlans() async throws {
        let test = try TemporaryStore()
        let quota = TokenQuota(cpuHours: 0.0001)
        let token = try await test.store.createToken(name: "a", role: "submitter", expiresAt: nil, quota: quota)
        var sweep = test.sweep(try await test.addDataset(), runs: 1, epochs: 1, submitter: token.token.id)
        sweep.planJSON = "{}"
        let id = try await test.store.insert(sweep).sweep.id
        try await finish(test)
        let basis = try await test.store.planBasis(sweep: id)
        await #expect(throws: StorageError.self) {
            try await test.store.apply(PlanStep(runs: [Self.cell(9)], isOpen: true, planJSON: "{}"), to: basis)
        }
        #expect(try await test.store.apply(Self.ended, to: basis)?.state == .succeeded)
    }

    /// What an adaptive sweep chooses later waits for room, too; it is not ended by the lack of it.
    @Test func thePlanOfATokenWithTooManyRunsWaitingWaits() async throws {
        let test = try TemporaryStore()
        let token = try await test.store.createToken(
            name: "a", role: "submitter", expiresAt: nil, quota: TokenQuota(maxQueuedRuns: 2)
        ).token
        var sweep = test.sweep(try await test.addDataset(), runs: 1, epochs: 1, submitter: token.id)
        sweep.planJSON = "{}"
        let id = try await test.store.insert(sweep).sweep.id
        try await finish(test)
        let basis = try await test.store.planBasis(sweep: id)
        let other = try await test.addSweep(runs: 2, epochs: 1, submitter: token.id)
        let next = PlanStep(runs: [Self.cell(9)], isOpen: true, planJSON: "[1]")
        let held = [DuePlan(sweepID: id, running: 0, hasRoom: false, planJSON: "{}")]
        #expect(try await test.store.duePlans() == held)
        #expect(try await test.store.apply(next, to: basis) == nil)
        // Nor while they are paused.
        _ = try await test.store.pause(sweep: other.id)
        #expect(try await test.store.duePlans() == held)
        #expect(try await test.store.apply(next, to: basis) == nil)
        let waiting = try await test.store.sweep(id)
        #expect(waiting.state == .running && waiting.isPlanOpen && waiting.planJSON == "{}")

        _ = try await test.store.resume(sweep: other.id)
        _ = try await test.claim()
        #expect(try await test.store.duePlans() == [DuePlan(sweepID: id, running: 0, hasRoom: true, planJSON: "{}")])
        let two = PlanStep(runs: [Self.cell(8), Self.cell(9)], isOpen: true, planJSON: "[1]")
        #expect(try await test.store.apply(two, to: basis) == nil)
        #expect(try await test.store.apply(next, to: basis)?.runs[.queued] == 1)
        #expect(try await test.store.duePlans().isEmpty)
    }

    @Test func duePlansAreFoundByTheirIndex() async throws {
        let test = try TemporaryStore()
        let plan = try await test.store.pool.read {
            try Row.fetchAll($0, sql: "EXPLAIN QUERY PLAN " + Store.duePlansSQL).map { $0["detail"] as String }
        }
        #expect(plan.contains { $0.contains("sweep_planned") })
        // However many runs wait, only those of such tokens are counted, by their index.
        #expect(!plan.contains { $0.hasPrefix("SCAN run") || $0.hasPrefix("SCAN token") })
    }
}
