import Foundation
import HTTPTypes
import Storage
import Testing

@testable import API

@Suite struct LimitRouteTests {
    private let cells = #""dataset":"set","sizes":[1,2],"depths":[3]"#

    @Test func aSweepShowsItsLimitsAndWhatItHasUsed() async throws {
        let test = try await TestAPI()
        try await test.addImages()
        let body = #"{\#(cells),"deadline":"2099-01-31T18:00:00Z","cpu_hours":2.5}"#
        let sweep = try await test.ask(.post, "/v1/sweeps", json: body).decoded(SweepBody.self)
        #expect(sweep.deadline == Date(timeIntervalSince1970: 4_073_565_600))
        #expect(sweep.cpuHours == 2.5 && sweep.cpuHoursUsed == 0 && sweep.reason == nil)
        let claim = try await test.ask(.post, "/v1/worker/claim", json: #"{"worker":"w","threads":3}"#)
        let run = try claim.decoded(ClaimBody.self).run
        let point = """
            {"epoch":1,"train_loss":1,"val_loss":1,"val_dsc":0.5,"learning_rate":0.1,"seconds":6000,"images_seen":1}
            """
        _ = try await test.ask(
            .post, "/v1/worker/runs/\(run.id)/epochs", json: #"{"attempt":1,"epochs":[\#(point)]}"#)
        #expect(try await test.ask(.get, "/v1/sweeps/\(sweep.id)").decoded(SweepBody.self).cpuHoursUsed == 5)
        try await test.api.endWhatIsOver()
        let ended = try await test.ask(.get, "/v1/sweeps/\(sweep.id)").decoded(SweepBody.self)
        #expect(ended.state == "cancelled" && ended.reason?.contains("CPU-hours") == true)
        let shown = try await test.ask(.get, "/v1/runs/\(run.id)").decoded(RunBody.self)
        #expect(shown.state == "cancelled" && shown.reason == ended.reason)
    }

    @Test(arguments: [
        (#""deadline":"2001-01-01T00:00:00Z""#, "/deadline"), (#""deadline":"tomorrow at five o'clock""#, "/deadline"),
        (#""deadline":"2099-13-31T18:00:00Z""#, "/deadline"), (#""cpu_hours":0"#, "/cpu_hours"),
        (#""cpu_hours":1000001"#, "/cpu_hours"),
    ])
    func limitsBeyondTheirBoundsAreRefused(_ field: String, _ pointer: String) async throws {
        let test = try await TestAPI()
        try await test.addImages()
        let reply = try await test.ask(.post, "/v1/sweeps", json: "{\(cells),\(field)}")
        #expect(reply.status == 422)
        #expect(try reply.decoded(ProblemBody.self).errors?.map(\.pointer) == [pointer])
    }

    @Test func whoIsOverQuotaIsTold() async throws {
        let test = try await TestAPI()
        try await test.addImages()
        let created = try await test.ask(
            .post, "/v1/tokens", json: #"{"name":"student","role":"submitter","max_queued_runs":3,"cpu_hours":7}"#)
        let token = try created.decoded(TokenBody.self)
        #expect(token.maxQueuedRuns == 3 && token.cpuHours == 7 && token.cpuHoursUsed == 0)
        let secret = try #require(token.token)
        func submit() async throws -> TestAPI.Reply {
            try await test.ask(
                .post, "/v1/sweeps", json: "{\(cells)}", headers: [.authorization: "Bearer \(secret)"])
        }
        #expect(try await submit().status == 201)
        let refused = try await submit()
        #expect(refused.status == 409)
        let problem = try refused.decoded(ProblemBody.self)
        #expect(
            problem.type == "urn:plateau:problem:over-quota" && problem.detail.contains("it has 2 and asks for 2 more"))
        let listed = try await test.ask(.get, "/v1/tokens").decoded(Page<TokenBody>.self).items
        #expect(listed.map(\.maxQueuedRuns) == [3, nil])
    }

    // MARK: Afterwards

    private func submit(_ test: TestAPI, _ more: String = "") async throws -> SweepBody {
        try await test.addImages()
        return try await test.ask(.post, "/v1/sweeps", json: "{\(cells)\(more)}").decoded()
    }

    @Test func limitsOfASweepUnderWayAreChangedAndWrittenDown() async throws {
        let test = try await TestAPI()
        let sweep = try await submit(test, #","cpu_hours":2,"priority":3"#)
        func change(_ json: String) async throws -> SweepBody {
            let reply = try await test.ask(.patch, "/v1/sweeps/\(sweep.id)", json: json)
            #expect(reply.status == 200)
            return try reply.decoded()
        }
        let longer = try await change(#"{"deadline":"2099-01-31T18:00:00Z"}"#)
        #expect(longer.deadline == Date(timeIntervalSince1970: 4_073_565_600))
        #expect(longer.cpuHours == 2 && longer.priority == 3)
        let more = try await change(#"{"cpu_hours":7.5,"priority":-1}"#)
        #expect(more.cpuHours == 7.5 && more.priority == -1 && more.deadline == longer.deadline)
        let free = try await change(#"{"cpu_hours":null,"deadline":null}"#)
        #expect(free.cpuHours == nil && free.deadline == nil && free.priority == -1)
        let audit = try await test.ask(.get, "/v1/audit?subject=\(sweep.id)").decoded(Page<AuditBody>.self).items
        #expect(audit.map(\.action) == Array(repeating: "PATCH /v1/sweeps/{id}", count: 3) + ["POST /v1/sweeps"])
        #expect(audit.allSatisfy { $0.outcome == "done" })
    }

    @Test func aLimitThatIsLiftedInTimeKeepsTheSweep() async throws {
        let test = try await TestAPI()
        let sweep = try await submit(test, #","cpu_hours":1"#)
        let run = try #require(try await test.store.claim(worker: "w", leaseSeconds: 60))
        let point = EpochRecord(
            epoch: 1, trainLoss: 1, valLoss: 1, valDSC: 0.5, learningRate: 0.1, seconds: 3600, imagesSeen: 1)
        _ = try await test.store.record([point], run: run.id, attempt: 1)
        // As much as it has used would end it: that is what cancelling is for.
        let refused = try await test.ask(.patch, "/v1/sweeps/\(sweep.id)", json: #"{"cpu_hours":1}"#)
        #expect(refused.status == 409)
        #expect(try refused.decoded(ProblemBody.self).detail.contains("has used 1 CPU-hours already"))
        #expect(try await test.ask(.patch, "/v1/sweeps/\(sweep.id)", json: #"{"cpu_hours":1.5}"#).status == 200)
        try await test.api.endWhatIsOver()
        #expect(try await test.ask(.get, "/v1/sweeps/\(sweep.id)").decoded(SweepBody.self).state == "running")
        _ = try await test.ask(.post, "/v1/sweeps/\(sweep.id)/cancel")
        #expect(try await test.ask(.patch, "/v1/sweeps/\(sweep.id)", json: #"{"cpu_hours":9}"#).status == 409)
    }

    @Test(arguments: [
        ("{}", "/priority"), (#"{"priority":null}"#, "/priority"),
        (#"{"deadline":"2001-01-01T00:00:00Z"}"#, "/deadline"),
        (#"{"deadline":"soon, but later"}"#, "/deadline"), (#"{"cpu_hours":0}"#, "/cpu_hours"),
        (#"{"cpu_hours":"many"}"#, "/cpu_hours"), (#"{"name":"other"}"#, "/priority"),
    ])
    func changesBeyondTheirBoundsAreRefused(_ json: String, _ pointer: String) async throws {
        let test = try await TestAPI()
        let sweep = try await submit(test)
        let reply = try await test.ask(.patch, "/v1/sweeps/\(sweep.id)", json: json)
        #expect(reply.status == 422)
        #expect(try reply.decoded(ProblemBody.self).errors?.first?.pointer == pointer)
        let shown = try await test.ask(.get, "/v1/sweeps/\(sweep.id)").decoded(SweepBody.self)
        #expect(shown.priority == 0 && shown.deadline == nil && shown.cpuHours == nil)
    }

    @Test func aTokensQuotaIsChangedAndWrittenDown() async throws {
        let test = try await TestAPI()
        try await test.addImages()
        let made = try await test.ask(
            .post, "/v1/tokens", json: #"{"name":"student","role":"submitter","max_queued_runs":1}"#)
        let token = try made.decoded(TokenBody.self)
        let headers: HTTPFields = [.authorization: "Bearer \(try #require(token.token))"]
        func submit() async throws -> Int {
            try await test.ask(.post, "/v1/sweeps", json: "{\(cells)}", headers: headers).status
        }
        func change(_ json: String) async throws -> TestAPI.Reply {
            try await test.ask(.patch, "/v1/tokens/\(token.id)", json: json)
        }
        #expect(try await submit() == 409)
        let more = try await change(#"{"max_queued_runs":2,"cpu_hours":5}"#).decoded(TokenBody.self)
        #expect(more.maxQueuedRuns == 2 && more.cpuHours == 5 && more.token == nil)
        #expect(try await submit() == 201)
        #expect(try await submit() == 409)
        let any = try await change(#"{"max_queued_runs":null}"#).decoded(TokenBody.self)
        #expect(any.maxQueuedRuns == nil && any.cpuHours == 5)
        #expect(try await submit() == 201)
        // Not its own to change.
        let own = try await test.ask(
            .patch, "/v1/tokens/\(token.id)", json: #"{"cpu_hours":null}"#, headers: headers)
        #expect(own.status == 403)
        for (json, pointer) in [("{}", "/max_queued_runs"), (#"{"max_queued_runs":0}"#, "/max_queued_runs")] {
            let refused = try await change(json)
            #expect(refused.status == 422)
            #expect(try refused.decoded(ProblemBody.self).errors?.first?.pointer == pointer)
        }
        let audit = try await test.ask(.get, "/v1/audit?subject=\(token.id)").decoded(Page<AuditBody>.self).items
        #expect(audit.map(\.outcome) == ["forbidden", "done", "done", "done"])
        #expect(audit.filter { $0.action == "PATCH /v1/tokens/{id}" }.count == 3)
        #expect(try await test.ask(.delete, "/v1/tokens/\(token.id)").status == 204)
        #expect(try await change(#"{"cpu_hours":1}"#).status == 409)
        #expect(try await test.ask(.patch, "/v1/tokens/tok_none", json: #"{"cpu_hours":1}"#).status == 404)
    }
}
