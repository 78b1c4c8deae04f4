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
}
