import HTTPTypes
import Storage
import Testing

@testable import API

@Suite struct RerunRouteTests {
    @Test(arguments: ["runs", "sweeps"]) func whatFailedIsRunAgain(kind: String) async throws {
        let test = try await TestAPI()
        try await test.addImages()
        let sweep = try await test.ask(.post, "/v1/sweeps", json: #"{"dataset":"set","sizes":[1],"depths":[3]}"#)
            .decoded(SweepBody.self)
        let run = try #require(try await test.store.claim(worker: "w", leaseSeconds: 20))
        let target = "/v1/\(kind)/\(kind == "runs" ? run.id : sweep.id)"
        let early = try await test.ask(.post, target + "/rerun")
        #expect(early.status == 409)
        let problem = try early.decoded(ProblemBody.self)
        #expect(problem.type == "urn:plateau:problem:invalid-state" && problem.detail.contains("is running"))

        let failure = #"{"attempt":1,"message":"no","retry":false}"#
        #expect(try await test.ask(.post, "/v1/worker/runs/\(run.id)/fail", json: failure).status == 200)
        let tag = try await test.ask(.get, target).headers[.eTag]
        #expect(try await test.ask(.post, target + "/rerun").status == 200)
        #expect(try await test.ask(.get, target).headers[.eTag] != tag)
        let shown = try await test.ask(.get, "/v1/sweeps/\(sweep.id)").decoded(SweepBody.self)
        #expect(shown.state == "running" && shown.runs.queued == 1 && shown.runs.failed == 0)
        #expect(try await test.store.claim(worker: "w", leaseSeconds: 20)?.id == run.id)
        #expect(try await test.ask(.post, "/v1/\(kind)/none/rerun").status == 404)
    }
}
