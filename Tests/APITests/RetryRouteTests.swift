import HTTPTypes
import Storage
import Testing

@testable import API

@Suite struct RetryRouteTests {
    @Test func aSweepShowsItsPolicy() async throws {
        let test = try await TestAPI()
        try await test.addImages()
        let usual = try await test.ask(.post, "/v1/sweeps", json: #"{"dataset":"set","sizes":[1],"depths":[3]}"#)
        let retry = try usual.decoded(SweepBody.self).retry
        #expect(retry.maxFailures == 5 && retry.backoffSeconds == 5)
        let body = #"{"dataset":"set","sizes":[1],"depths":[3],"retry":{"max_failures":1,"backoff_seconds":0.5}}"#
        let sweep = try await test.ask(.post, "/v1/sweeps", json: body).decoded(SweepBody.self)
        #expect(sweep.retry.maxFailures == 1 && sweep.retry.backoffSeconds == 0.5)
    }

    @Test(arguments: [
        #"{"max_failures":0}"#, #"{"max_failures":21}"#, #"{"backoff_seconds":-1}"#, #"{"backoff_seconds":3601}"#,
        #"{"attempts":3}"#,
    ])
    func aPolicyBeyondItsBoundsIsRefused(_ policy: String) async throws {
        let test = try await TestAPI()
        try await test.addImages()
        let reply = try await test.ask(
            .post, "/v1/sweeps", json: #"{"dataset":"set","sizes":[1],"depths":[3],"retry":\#(policy)}"#)
        #expect(reply.status == 422)
        #expect(try reply.decoded(ProblemBody.self).errors?.first?.pointer.hasPrefix("/retry/") == true)
    }

    @Test func aFailureShowsWhatTheWorkerLoggedLast() async throws {
        let test = try await TestAPI()
        let run = try await test.trainedRun(epochs: 2)
        let failure = #"{"attempt":1,"message":"no good","log_tail":"first \"line\"\nsecond ☹","retry":true}"#
        let reply = try await test.ask(.post, "/v1/worker/runs/\(run.id)/fail", json: failure)
        #expect(reply.status == 200)
        let shown = try await test.ask(.get, "/v1/runs/\(run.id)").decoded(RunBody.self)
        #expect(shown.state == "queued" && shown.notBefore != nil)
        #expect(shown.error?.message == "no good" && shown.error?.logTail == "first \"line\"\nsecond ☹")
        // A list of two hundred of them would be megabytes.
        let listed = try await test.ask(.get, "/v1/sweeps/\(run.sweepID)/runs").decoded(Page<RunBody>.self).items
        #expect(listed.map { $0.error?.message } == ["no good"] && listed.allSatisfy { $0.error?.logTail == nil })
    }

    @Test func aLongLogIsRefused() async throws {
        let test = try await TestAPI()
        let run = try await test.trainedRun()
        func fail(_ bytes: Int) async throws -> Int {
            let log = String(repeating: "x", count: bytes)
            return try await test.ask(
                .post, "/v1/worker/runs/\(run.id)/fail", json: #"{"attempt":1,"message":"no","log_tail":"\#(log)"}"#
            ).status
        }
        #expect(try await fail(16_385) == 422)
        #expect(try await test.store.run(run.id).state == .running)
        #expect(try await fail(16_384) == 200)
    }
}
