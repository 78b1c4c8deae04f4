import HTTP
import HTTPTypes
import Locks
import Storage
import Testing

@testable import API

/// How often a token may ask.
@Suite struct RateLimitTests {
    private final class Clock: Sendable {
        let now = Guarded(Duration.seconds(100))
    }

    @Test func aBucketEmptiesAndFills() {
        let clock = Clock()
        let rates = RequestRates(RateLimit(requestsPerSecond: 2)) { clock.now.withLock { $0 } }
        // A burst of five seconds' worth.
        for _ in 1...10 { #expect(rates.take("a") == nil) }
        #expect(rates.take("a") == 0.5)
        // Each token has its own.
        #expect(rates.take("b") == nil)
        clock.now.withLock { $0 += .milliseconds(500) }
        #expect(rates.take("a") == nil)
        #expect(rates.take("a") == 0.5)
        // No more than the burst, however long nothing is asked.
        clock.now.withLock { $0 += .seconds(3600) }
        for _ in 1...10 { #expect(rates.take("a") == nil) }
        #expect(rates.take("a") == 0.5)
    }

    @Test func manyTokensAreForgottenWhenTheirBucketsAreFull() {
        let clock = Clock()
        let rates = RequestRates(RateLimit(requestsPerSecond: 1)) { clock.now.withLock { $0 } }
        for _ in 1...5 { #expect(rates.take("busy") == nil) }
        for number in 1..<1000 { #expect(rates.take("\(number)") == nil) }
        // More than a thousand: those that are not full stay.
        #expect(rates.take("one more") == nil)
        #expect(rates.take("busy") == 1)
    }

    @Test func whoAsksTooOftenIsToldWhenToAskAgain() async throws {
        let test = try await TestAPI { $0.rateLimit = RateLimit(requestsPerSecond: 0.2) }
        let handler = test.api.handler()
        let secret = try await test.store.createToken(name: "eager", role: "submitter", expiresAt: nil).secret
        func ask() async throws -> HTTPServerResponse {
            try await handler(
                HTTPServerRequest(method: .get, target: "/v1/sweeps", headers: [.authorization: "Bearer \(secret)"]))
        }
        #expect(try await ask().status == .ok)
        let refused = try await ask()
        #expect(refused.status == .tooManyRequests)
        let wait = try #require(refused.headers[.retryAfter].flatMap { Int($0) })
        #expect((1...5).contains(wait))
        // Whoever needs no token is not counted.
        let open = try await handler(HTTPServerRequest(method: .get, target: "/healthz", headers: [:]))
        #expect(open.status == .ok)
    }

    @Test func workersReportsAreNotHeldBack() async throws {
        let test = try await TestAPI { $0.rateLimit = RateLimit(requestsPerSecond: 0.1) }
        let run = try await test.claimedRun(epochs: 1)
        let handler = test.api.handler()
        let secret = try await test.store.createToken(name: "w", role: "worker", expiresAt: nil).secret
        for _ in 1...20 {
            let response = try await handler(
                HTTPServerRequest(
                    method: .post, target: "/v1/worker/runs/\(run.id)/heartbeat",
                    headers: [.authorization: "Bearer \(secret)"], body: RequestBody(Array(#"{"attempt":1}"#.utf8))))
            #expect(response.status == .ok)
        }
    }

    @Test func withoutALimitNobodyIsCounted() async throws {
        let test = try await TestAPI { $0.rateLimit = nil }
        for _ in 1...50 { #expect(try await test.ask(.get, "/v1/sweeps").status == 200) }
    }
}
