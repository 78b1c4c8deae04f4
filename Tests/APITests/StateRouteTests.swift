import HTTPTypes
import Storage
import TestSupport
import Testing

@testable import API

/// What ARCHITECTURE.md says is refused is answered 409, with a type to match on, the state, and what to do.
@Suite struct StateRouteTests {
    private struct UnknownWord: Error {}

    private struct Request {
        var method = HTTPRequest.Method.post
        var target: String
        var body = ""
    }

    @Test func everyRefusalOfARunSaysItsState() async throws {
        for each in try StateTable(of: "run").cases where each.after == nil && each.action != "stop early" {
            let (test, run) = try await queuedRun()
            try await bring(run, to: each.state, test)
            let (request, isWorkers) = try self.request(each.action, ofRun: run.id)
            let reply = try await ask(request, test)
            #expect(reply.status == 409, "\(each)")
            let problem = try reply.decoded(ProblemBody.self)
            #expect(problem.type == "urn:plateau:problem:" + (isWorkers ? "stale-attempt" : "invalid-state"), "\(each)")
            let state = ["pausing", "stopping"].contains(each.state) ? "running" : each.state
            #expect(problem.detail.contains(state), "\(each): \(problem.detail)")
            if isWorkers { #expect(problem.detail.contains("claim again"), "\(each): \(problem.detail)") }
        }
    }

    @Test func everyRefusalOfASweepSaysItsState() async throws {
        for each in try StateTable(of: "sweep").cases where each.after == nil {
            let (test, run) = try await queuedRun()
            let sweep = "/v1/sweeps/\(run.sweepID)"
            switch each.state {
            case "queued": break
            case "paused", "cancelled":
                try await bring(run, to: "running", test)
                try await succeed(Request(target: sweep + (each.state == "paused" ? "/pause" : "/cancel")), test)
            default: try await bring(run, to: each.state, test)
            }
            let order = String(each.action.prefix { $0 != "," })
            let request =
                switch order {
                case "prioritize": Request(method: .patch, target: sweep, body: #"{"priority":1}"#)
                case "extend": Request(target: sweep + "/extend", body: #"{"seeds":[1]}"#)
                default: Request(target: "\(sweep)/\(order)")
                }
            let reply = try await ask(request, test)
            #expect(reply.status == 409, "\(each)")
            let problem = try reply.decoded(ProblemBody.self)
            #expect(problem.type == "urn:plateau:problem:invalid-state", "\(each)")
            #expect(problem.detail.contains(each.state), "\(each): \(problem.detail)")
        }
    }

    // MARK: -

    /// The only run of a sweep, never claimed.
    private func queuedRun() async throws -> (TestAPI, RunRecord) {
        let test = try await TestAPI()
        try await test.addImages()
        let body = #"{"dataset":"set","sizes":[1],"depths":[3],"training":{"epochs":2}}"#
        let sweep = try await test.ask(.post, "/v1/sweeps", json: body).decoded(SweepBody.self)
        return (test, try await test.store.runs(ofSweep: sweep.id, limit: 1).items[0])
    }

    /// By its first attempt, which has trained an epoch of two.
    private func bring(_ run: RunRecord, to state: String, _ test: TestAPI) async throws {
        _ = try await test.store.claim(worker: "w", leaseSeconds: 3600)
        let actions = [
            "running": [], "pausing": ["pause"], "queued": ["release"], "paused": ["pause", "release"],
            "succeeded": ["second epoch", "finish"], "stopping": [], "stopped_early": ["finish"],
            "failed": ["fail for good"], "cancelled": ["cancel"],
        ]
        guard let actions = actions[state] else { throw UnknownWord() }
        try await succeed(try request("epochs", ofRun: run.id).request, test)
        if ["stopping", "stopped_early"].contains(state) {
            let stop = EarlyStop(low: 0.4, median: 0.5, high: 0.6, surrogateVersion: 0)
            #expect(try await test.store.stopEarly(run: run.id, attempt: 1, stop))
        }
        for action in actions { try await succeed(try request(action, ofRun: run.id).request, test) }
    }

    /// - Returns: also whether a worker sends it.
    private func request(_ action: String, ofRun id: String) throws -> (request: Request, isWorkers: Bool) {
        let worker = "/v1/worker/runs/\(id)/"
        let point = """
            {"epoch":\(action == "second epoch" ? 2 : 1),"train_loss":1,"val_loss":1,"val_dsc":0.5,"learning_rate":0.1,
             "seconds":1,"images_seen":1}
            """
        switch action {
        case "heartbeat", "release":
            return (Request(target: worker + action, body: #"{"attempt":1}"#), true)
        case "epochs", "second epoch":
            return (Request(target: worker + "epochs", body: #"{"attempt":1,"epochs":[\#(point)]}"#), true)
        case "checkpoint", "model":
            return (Request(method: .put, target: worker + action + "?attempt=1", body: "weights"), true)
        case "finish":
            let body = #"{"attempt":1,"test_dsc":0.5,"test_dsc_sd":0,"test_cases":1,"stopped_early":true}"#
            return (Request(target: worker + "finish", body: body), true)
        case "fail", "fail for good":
            let body = #"{"attempt":1,"message":"no","retry":\#(action == "fail")}"#
            return (Request(target: worker + "fail", body: body), true)
        case "pause", "resume", "cancel", "rerun": return (Request(target: "/v1/runs/\(id)/\(action)"), false)
        default: throw UnknownWord()
        }
    }

    private func ask(_ request: Request, _ test: TestAPI) async throws -> TestAPI.Reply {
        try await test.ask(request.method, request.target, json: request.body)
    }

    private func succeed(_ request: Request, _ test: TestAPI) async throws {
        let reply = try await ask(request, test)
        try #require(
            (200..<300).contains(reply.status), "\(request.target): \(String(decoding: reply.body, as: UTF8.self))")
    }
}
