import HTTPTypes
import Storage
import Testing

@testable import API

@Suite struct ExtendRouteTests {
    private func submit(_ test: TestAPI, sizes: String = "[1]") async throws -> SweepBody {
        try await test.addImages()
        let body = #"{"dataset":"set","sizes":\#(sizes),"depths":[3],"priority":4,"training":{"epochs":1}}"#
        return try await test.ask(.post, "/v1/sweeps", json: body).decoded()
    }

    private func cells(_ sweep: String, _ test: TestAPI) async throws -> [[Int]] {
        try await test.store.runs(ofSweep: sweep, limit: 1000).items.map { [$0.size, $0.depth, $0.seed] }
    }

    /// Claims and trains the next run to its end.
    private func trainNext(_ test: TestAPI) async throws -> RunRecord {
        let run = try #require(try await test.nextRun())
        let epoch = EpochRecord(
            epoch: 1, trainLoss: 1, valLoss: 1, valDSC: 0.5, learningRate: 0.1, seconds: 1, imagesSeen: 1)
        _ = try await test.store.record([epoch], run: run.id, attempt: 1)
        _ = try await test.store.finish(run: run.id, attempt: 1, testDSC: 0.5, testDSCSD: 0, testCases: 1)
        return run
    }

    @Test func aFinishedSweepGoesOnWithEveryNewCombination() async throws {
        let test = try await TestAPI()
        let sweep = try await submit(test)
        let first = try await trainNext(test)
        let ended = try await test.ask(.get, "/v1/sweeps/\(sweep.id)").decoded(SweepBody.self)
        #expect(ended.state == "succeeded")
        let tag = try await test.ask(.get, "/v1/sweeps/\(sweep.id)").headers[.eTag]

        let reply = try await test.ask(
            .post, "/v1/sweeps/\(sweep.id)/extend", json: #"{"sizes":[2,1],"depths":[4],"seeds":[7]}"#)
        #expect(reply.status == 200)
        let wider = try reply.decoded(SweepBody.self)
        #expect(wider.state == "running" && wider.finishedAt == nil)
        #expect(
            wider.sizes == [1, 2] && wider.depths == [3, 4] && wider.seeds == [0, 7] && wider.fractions == [0.5, 1])
        #expect(wider.runs.total == 8 && wider.runs.succeeded == 1 && wider.runs.queued == 7)
        #expect(try await test.ask(.get, "/v1/sweeps/\(sweep.id)").headers[.eTag] != tag)
        let all = try await cells(sweep.id, test)
        #expect(all.first == [1, 3, 0] && Set(all).count == 8)
        // What was there is as it was, and what is new is of its kind.
        #expect(try await test.store.run(first.id).state == .succeeded)
        let next = try await trainNext(test)
        #expect(next.sweepID == sweep.id && next.stepsPerEpoch == first.stepsPerEpoch && next.epochsTotal == 1)
        for _ in 0..<6 { _ = try await trainNext(test) }
        #expect(try await test.store.sweep(sweep.id).state == .succeeded)
    }

    @Test func sentAgainItAddsNothing() async throws {
        let test = try await TestAPI()
        let sweep = try await submit(test)
        let body = #"{"seeds":[3,1]}"#
        let once = try await test.ask(.post, "/v1/sweeps/\(sweep.id)/extend", json: body)
        let twice = try await test.ask(.post, "/v1/sweeps/\(sweep.id)/extend", json: body)
        #expect(once.status == 200 && twice.status == 200 && once.body == twice.body)
        #expect(try await cells(sweep.id, test) == [[1, 3, 0], [1, 3, 1], [1, 3, 3]])
    }

    /// Each finds what the others have added.
    @Test func extensionsAtTheSameTimeAllCount() async throws {
        let test = try await TestAPI()
        let sweep = try await submit(test)
        let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
            for seed in 1...8 {
                group.addTask {
                    try await test.ask(.post, "/v1/sweeps/\(sweep.id)/extend", json: #"{"seeds":[\#(seed)]}"#).status
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(statuses == Array(repeating: 200, count: 8))
        #expect(Set(try await cells(sweep.id, test)) == Set((0...8).map { [1, 3, $0] }))
    }

    @Test func aPausedSweepsNewRunsArePaused() async throws {
        let test = try await TestAPI()
        let sweep = try await submit(test)
        _ = try await test.ask(.post, "/v1/sweeps/\(sweep.id)/pause")
        let wider = try await test.ask(.post, "/v1/sweeps/\(sweep.id)/extend", json: #"{"fractions":[1]}"#)
            .decoded(SweepBody.self)
        #expect(wider.state == "paused" && wider.runs.paused == 2)
        let resumed = try await test.ask(.post, "/v1/sweeps/\(sweep.id)/resume").decoded(SweepBody.self)
        #expect(resumed.runs.queued == 2)
    }

    /// Those who follow the sweep's events hear of the new runs.
    @Test func newRunsAreNews() async throws {
        let test = try await TestAPI()
        let sweep = try await submit(test)
        let last = try #require(try await test.store.changes(ofSweep: sweep.id, after: .start, limit: 100).last)
        _ = try await test.ask(.post, "/v1/sweeps/\(sweep.id)/extend", json: #"{"seeds":[1,2]}"#)
        #expect(try await test.store.changes(ofSweep: sweep.id, after: last.position, limit: 100).count == 2)
    }

    @Test(arguments: [
        ("{}", "/sizes"), (#"{"sizes":[3]}"#, "/sizes"), (#"{"sizes":[1],"fractions":[1]}"#, "/fractions"),
        (#"{"fractions":[0.9,1]}"#, "/fractions"), (#"{"depths":[8]}"#, "/depths/0"), (#"{"seeds":[]}"#, "/seeds"),
        (#"{"seeds":[1],"name":"x"}"#, "/name"), (#"{"max_steps":100}"#, "/max_steps"),
        (#"{"max_steps":0}"#, "/max_steps"),
    ])
    func whatBreaksABoundIsRefused(_ body: String, _ pointer: String) async throws {
        let test = try await TestAPI()
        let sweep = try await submit(test)
        let reply = try await test.ask(.post, "/v1/sweeps/\(sweep.id)/extend", json: body)
        #expect(reply.status == 422)
        #expect(try reply.decoded(ProblemBody.self).errors?.map(\.pointer) == [pointer])
        #expect(try await cells(sweep.id, test).count == 1)
    }

    @Test func aSweepHasAsManySeedsAndRunsAsASubmissionMayHave() async throws {
        let test = try await TestAPI()
        let sweep = try await submit(test, sizes: "[1,2]")
        func extend(_ body: String) async throws -> Int {
            try await test.ask(.post, "/v1/sweeps/\(sweep.id)/extend", json: body).status
        }
        let seeds = (1...31).map(String.init).joined(separator: ",")
        #expect(try await extend(#"{"seeds":[\#(seeds)]}"#) == 200)
        #expect(try await extend(#"{"seeds":[32]}"#) == 422)
        #expect(try await extend(#"{"depths":[2,4,5,6,7]}"#) == 200)
        #expect(try await cells(sweep.id, test).count == 384)
    }

    @Test func whatWasCancelledIsNotExtended() async throws {
        let test = try await TestAPI()
        let sweep = try await submit(test)
        _ = try await test.ask(.post, "/v1/sweeps/\(sweep.id)/cancel")
        let reply = try await test.ask(.post, "/v1/sweeps/\(sweep.id)/extend", json: #"{"seeds":[1]}"#)
        #expect(reply.status == 409)
        #expect(try reply.decoded(ProblemBody.self).type == "urn:plateau:problem:invalid-state")
        #expect(try await test.ask(.post, "/v1/sweeps/none/extend", json: #"{"seeds":[1]}"#).status == 404)
    }
}
