import Foundation
import HTTPTypes
import Storage
import Testing

@testable import API

@Suite(.timeLimit(.minutes(5))) struct AdaptiveSweepTests {
    private static let cells = #""sizes":[1,2],"depths":[3,4],"seeds":[0,1,2]"#

    private func submit(_ more: String = "", to test: TestAPI, headers: HTTPFields = [:]) async throws -> TestAPI.Reply
    {
        try await test.addImages()
        return try await test.ask(
            .post, "/v1/sweeps",
            json: """
                {"dataset":"set",\(Self.cells),"strategy":"adaptive","training":{"epochs":2,"steps_per_epoch":5}\(more)}
                """, headers: headers)
    }

    /// The next run, trained and tested, as a worker does.
    /// - Returns: nil where none waits.
    private func train(_ test: TestAPI, dsc: (RunRecord) -> Double) async throws -> RunRecord? {
        guard let run = try await test.nextRun() else { return nil }
        for epoch in 1...2 {
            let point = """
                {"epoch":\(epoch),"train_loss":1,"val_loss":1,"val_dsc":0.5,"learning_rate":0.1,"seconds":1,
                 "images_seen":\(epoch)}
                """
            _ = try await test.ask(
                .post, "/v1/worker/runs/\(run.id)/epochs", json: #"{"attempt":1,"epochs":[\#(point)]}"#)
        }
        let report = #"{"attempt":1,"test_dsc":\#(dsc(run)),"test_dsc_sd":0.01,"test_cases":4}"#
        #expect(try await test.ask(.post, "/v1/worker/runs/\(run.id)/finish", json: report).status == 200)
        return run
    }

    private func shown(_ id: String, _ test: TestAPI) async throws -> SweepBody {
        try await test.ask(.get, "/v1/sweeps/\(id)").decoded(SweepBody.self)
    }

    @Test func oneRunFollowsAnotherAndWhatIsNotRunIsShown() async throws {
        let test = try await TestAPI()
        let reply = try await submit(#","query":{"target_dsc":0.6,"confidence":0.8},"precision":0.5"#, to: test)
        #expect(reply.status == 201)
        let first = try reply.decoded(SweepBody.self)
        #expect(first.strategy == "adaptive" && first.runs.total == 2 && first.runs.queued == 2)
        let plan = try #require(first.plan)
        #expect(plan.state == "open" && plan.reason == nil && plan.precision == 0.5 && plan.maxSteps == 40)
        #expect(plan.query.targetDSC == 0.6 && plan.query.confidence == 0.8 && plan.query.delta == 0.01)
        #expect(plan.stepsUsed == 0 && plan.stepsOfAll == 120)
        #expect(plan.notRun.flatMap(\.seeds).count == 10 && plan.notRun.allSatisfy { $0.reason == "open" })

        // Depth 4 is far behind: nothing more of it is trained.
        var ran: [RunRecord] = []
        while let run = try await train(test, dsc: { $0.depth == 3 ? 0.7 : 0.3 }) {
            ran.append(run)
            try #require(ran.count <= 12)
            // Of the 40 steps that it may take.
            if ran.count == 2 { #expect(try await shown(first.id, test).progress == 0.5) }
        }
        #expect(Set(ran.map { [$0.size, $0.depth, $0.seed] }).count == ran.count)
        #expect(ran.count { $0.depth == 4 } == 1)
        let end = try await shown(first.id, test)
        #expect(end.state == "succeeded" && end.runs.total == ran.count && end.progress == 1)
        let over = try #require(end.plan)
        #expect(over.state == "ended" && over.reason != nil && over.droppedDepths == [4])
        #expect(over.stepsUsed == 10 * ran.count)
        #expect(over.notRun.filter { $0.depth == 4 }.allSatisfy { $0.reason == "dropped" })
        #expect(over.notRun.flatMap(\.seeds).count == 12 - ran.count)
        let estimate = try await test.ask(.get, "/v1/sweeps/\(first.id)/estimate").decoded(EstimateBody.self)
        #expect(estimate.assumptions.contains { $0.contains("chosen by what those before it showed") })
    }

    @Test func theBudgetOfStepsHolds() async throws {
        let test = try await TestAPI()
        let sweep = try await submit(#","max_steps":35"#, to: test).decoded(SweepBody.self)
        var count = 0
        while try await train(test, dsc: { 0.5 + 0.01 * Double($0.size) }) != nil { count += 1 }
        #expect(count == 3)
        let end = try await shown(sweep.id, test)
        #expect(end.plan?.reason == "budget" && end.plan?.stepsUsed == 30 && end.state == "succeeded")
    }

    /// A quarter of what all runs take, but enough for an estimate.
    @Test(arguments: [("[0,1,2,3,4,5,6,7]", 80), ("[0,1,2]", 40), ("[0]", 40)])
    func withoutABudgetAQuarterIsTaken(seeds: String, steps: Int) async throws {
        let test = try await TestAPI()
        try await test.addImages()
        let sweep = try await test.ask(
            .post, "/v1/sweeps",
            json: """
                {"dataset":"set","sizes":[1,2],"depths":[3,4],"seeds":\(seeds),"strategy":"adaptive","precision":0.01,
                 "training":{"epochs":2,"steps_per_epoch":5}}
                """
        ).decoded(SweepBody.self)
        #expect(sweep.plan?.maxSteps == steps)
        var count = 0
        while try await train(test, dsc: { 0.5 + 0.01 * Double($0.size + $0.seed % 2) }) != nil { count += 1 }
        let end = try await shown(sweep.id, test)
        #expect(count == steps / 10 && end.plan?.stepsUsed == steps, "\(count)")
        #expect(end.plan?.reason == (steps == end.plan?.stepsOfAll ? "exhausted" : "budget"))
    }

    @Test func moreStepsLetAnEndedSweepGoOn() async throws {
        let test = try await TestAPI()
        let sweep = try await submit(#","max_steps":25"#, to: test).decoded(SweepBody.self)
        while try await train(test, dsc: { _ in 0.5 }) != nil {}
        #expect(try await shown(sweep.id, test).plan?.reason == "budget")
        func extend(_ steps: Int) async throws -> TestAPI.Reply {
            try await test.ask(.post, "/v1/sweeps/\(sweep.id)/extend", json: #"{"max_steps":\#(steps)}"#)
        }
        let fewer = try await extend(24)
        #expect(fewer.status == 422)
        #expect(try fewer.decoded(ProblemBody.self).errors?.map(\.pointer) == ["/max_steps"])
        let more = try await extend(35).decoded(SweepBody.self)
        #expect(more.state == "running" && more.plan?.state == "open" && more.plan?.maxSteps == 35)
        #expect(more.runs.total == 3 && more.runs.queued == 1)
        #expect(try await train(test, dsc: { _ in 0.5 }) != nil)
        let end = try await shown(sweep.id, test)
        #expect(end.state == "succeeded" && end.plan?.reason == "budget" && end.plan?.stepsUsed == 30)
        // The same again changes nothing.
        #expect(try await extend(35).decoded(SweepBody.self).runs.total == 3)
    }

    /// The server died after a run had ended, before it had chosen the next.
    @Test func aStartOfTheServerGoesOnWithThePlan() async throws {
        let test = try await TestAPI()
        let sweep = try await submit(to: test).decoded(SweepBody.self)
        for _ in 0..<2 {
            let run = try #require(try await test.store.claim(worker: "w", leaseSeconds: 3600))
            let records = [1, 2].map {
                EpochRecord(
                    epoch: $0, trainLoss: 1, valLoss: 1, valDSC: 0.5, learningRate: 0.1, seconds: 1, imagesSeen: $0)
            }
            _ = try await test.store.record(records, run: run.id, attempt: 1)
            _ = try await test.store.finish(run: run.id, attempt: 1, testDSC: 0.5, testDSCSD: 0.1, testCases: 4)
        }
        #expect(try await shown(sweep.id, test).runs.queued == 0)
        let again = try test.restarted()
        await again.api.planSweeps()
        #expect(try await shown(sweep.id, again).runs.queued == 1)
        // Once is enough.
        await again.api.planSweeps()
        #expect(try await shown(sweep.id, again).runs.total == 3)
    }

    /// And says so, once, until others of the token's runs train.
    @Test func theNextRunWaitsForRoomInTheTokensQuota() async throws {
        let test = try await TestAPI()
        let made = try await test.ask(
            .post, "/v1/tokens", json: #"{"name":"a","role":"submitter","max_queued_runs":2}"#)
        let secret = try #require(try made.decoded(TokenBody.self).token)
        let headers: HTTPFields = [.authorization: "Bearer \(secret)"]
        let sweep = try await submit(to: test, headers: headers).decoded(SweepBody.self)
        #expect(sweep.plan?.waiting == nil)
        for _ in 0..<2 {
            let run = try #require(try await test.store.claim(worker: "w", leaseSeconds: 3600))
            _ = try await test.store.fail(run: run.id, attempt: 1, message: "no", retry: false)
        }
        let full = #"{"dataset":"set","sizes":[1,2],"depths":[3],"training":{"epochs":2,"steps_per_epoch":5}}"#
        let other = try await test.ask(.post, "/v1/sweeps", json: full, headers: headers)
            .decoded(SweepBody.self)
        await test.api.planSweeps()
        let held = try await test.ask(.get, "/v1/sweeps/\(sweep.id)")
        let plan = try #require(try held.decoded(SweepBody.self).plan)
        #expect(plan.state == "open" && plan.waiting?.contains("plateau token limit") == true)
        await test.api.planSweeps()
        #expect(try await test.ask(.get, "/v1/sweeps/\(sweep.id)").headers[.eTag] == held.headers[.eTag])

        _ = try await test.ask(.post, "/v1/sweeps/\(other.id)/cancel")
        await test.api.planSweeps()
        let gone = try await shown(sweep.id, test)
        #expect(gone.runs.queued == 1 && gone.plan?.waiting == nil)
    }

    @Test func aFailedRunIsNotChosenAgain() async throws {
        let test = try await TestAPI()
        let sweep = try await submit(to: test).decoded(SweepBody.self)
        let failed = try #require(try await test.store.claim(worker: "w", leaseSeconds: 3600))
        let report = #"{"attempt":1,"message":"no","retry":false}"#
        #expect(try await test.ask(.post, "/v1/worker/runs/\(failed.id)/fail", json: report).status == 200)
        var cells: [[Int]] = []
        while let run = try await train(test, dsc: { _ in 0.5 }) {
            cells.append([run.size, run.depth, run.seed])
            try #require(cells.count <= 11)
        }
        #expect(!cells.contains([failed.size, failed.depth, failed.seed]))
        #expect(try await shown(sweep.id, test).state == "failed")
    }

    @Test func anExtensionIsChosenFrom() async throws {
        let test = try await TestAPI()
        let sweep = try await submit(#","max_steps":25"#, to: test).decoded(SweepBody.self)
        while try await train(test, dsc: { _ in 0.5 }) != nil {}
        #expect(try await shown(sweep.id, test).state == "succeeded")
        let reply = try await test.ask(.post, "/v1/sweeps/\(sweep.id)/extend", json: #"{"seeds":[7]}"#)
        #expect(reply.status == 200)
        let wider = try reply.decoded(SweepBody.self)
        // The budget is what it was.
        #expect(wider.seeds == [0, 1, 2, 7] && wider.plan?.reason == "budget" && wider.runs.total == 2)
    }

    @Test(arguments: [
        (#","precision":0.001"#, "/precision"), (#","max_steps":0"#, "/max_steps"),
        (#","query":{"target_dsc":1}"#, "/query/target_dsc"), (#","query":{"aim":1}"#, "/query/aim"),
        (#","max_steps":9"#, "/max_steps"),
    ])
    func whatIsOutOfBoundsIsRefused(fields: String, pointer: String) async throws {
        let reply = try await submit(fields, to: try await TestAPI())
        #expect(reply.status == 422)
        #expect(try reply.decoded(ProblemBody.self).errors?.map(\.pointer) == [pointer])
    }

    @Test(arguments: [(#""precision":1"#, "/precision"), (#""query":{}"#, "/query"), (#""max_steps":9"#, "/max_steps")])
    func whatGoesWithAdaptiveIsRefusedWithout(field: String, pointer: String) async throws {
        let test = try await TestAPI()
        try await test.addImages()
        let reply = try await test.ask(.post, "/v1/sweeps", json: #"{"dataset":"set",\#(Self.cells),\#(field)}"#)
        #expect(reply.status == 422)
        #expect(try reply.decoded(ProblemBody.self).errors?.map(\.pointer) == [pointer])
    }
}
