import HTTPTypes
import Storage
import Testing

@testable import API

@Suite struct PriorityTests {
    @Test func aSweepIsSubmittedWithAPriorityAndGivenAnother() async throws {
        let test = try await TestAPI()
        try await test.addImages()
        let usual = try await submit(test, priority: nil)
        #expect(usual.priority == 0)
        let low = try await submit(test, priority: "-100")
        #expect(low.priority == -100)
        #expect(try await claimed(test) == usual.id)
        let reply = try await test.ask(.patch, "/v1/sweeps/\(low.id)", json: #"{"priority":1}"#)
        #expect(reply.status == 200)
        #expect(try reply.decoded(SweepBody.self).priority == 1)
        #expect(try await test.ask(.get, "/v1/sweeps/\(low.id)").decoded(SweepBody.self).priority == 1)
        #expect(try await claimed(test) == low.id)
    }

    @Test(arguments: ["-101", "101", "0.5", #""high""#])
    func aPriorityBeyondItsBoundsIsRefused(_ priority: String) async throws {
        let test = try await TestAPI()
        try await test.addImages()
        let sweep = try await submit(test, priority: nil)
        let body = #"{"dataset":"set","sizes":[1],"depths":[3],"priority":\#(priority)}"#
        for reply in [
            try await test.ask(.post, "/v1/sweeps", json: body),
            try await test.ask(.patch, "/v1/sweeps/\(sweep.id)", json: #"{"priority":\#(priority)}"#),
        ] {
            #expect(reply.status == 422)
            #expect(try reply.decoded(ProblemBody.self).errors?.map(\.pointer) == ["/priority"])
        }
        #expect(try await test.store.sweeps(limit: 10).items.map(\.priority) == [0])
    }

    @Test func onlyASweepUnderWayTakesAPriority() async throws {
        let test = try await TestAPI()
        try await test.addImages()
        let sweep = try await submit(test, priority: nil)
        #expect(try await test.ask(.patch, "/v1/sweeps/\(sweep.id)", json: "{}").status == 422)
        #expect(try await test.ask(.patch, "/v1/sweeps/sw_none", json: #"{"priority":1}"#).status == 404)
        _ = try await test.ask(.post, "/v1/sweeps/\(sweep.id)/cancel")
        let reply = try await test.ask(.patch, "/v1/sweeps/\(sweep.id)", json: #"{"priority":1}"#)
        #expect(reply.status == 409)
        let problem = try reply.decoded(ProblemBody.self)
        #expect(problem.type == "urn:plateau:problem:invalid-state" && problem.detail.contains("cancelled"))
    }

    private func submit(_ test: TestAPI, priority: String?) async throws -> SweepBody {
        let field = priority.map { #","priority":\#($0)"# } ?? ""
        let reply = try await test.ask(
            .post, "/v1/sweeps", json: #"{"dataset":"set","sizes":[1,2],"depths":[3]\#(field)}"#)
        #expect(reply.status == 201)
        return try reply.decoded()
    }

    private func claimed(_ test: TestAPI) async throws -> String? {
        try await test.store.claim(worker: "w", leaseSeconds: 20)?.sweepID
    }
}
