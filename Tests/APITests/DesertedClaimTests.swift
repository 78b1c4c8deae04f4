import HTTPTypes
import Locks
import Storage
import Testing

@testable import API
@testable import HTTP

/// A worker that leaves while it waits for work is given none.
@Suite(.timeLimit(.minutes(1))) struct DesertedClaimTests {
    private let body = Array(#"{"worker":"w","wait_seconds":30}"#.utf8)

    /// A run that waits to be claimed.
    private func queuedRun(_ test: TestAPI) async throws -> RunRecord {
        let run = try await test.claimedRun(epochs: 3)
        return try await test.store.release(run: run.id, attempt: 1)
    }

    private func claim(_ test: TestAPI) -> HTTPServerRequest {
        HTTPServerRequest(
            method: .post, target: "/v1/worker/claim", headers: test.authorization, body: RequestBody(body))
    }

    @Test func whoHasLeftIsGivenNothing() async throws {
        let test = try await TestAPI()
        let run = try await queuedRun(test)
        let request = claim(test)
        request.presence.end()
        #expect(try await test.api.handler()(request).status == .noContent)
        #expect(try await test.store.run(run.id).version == run.version)
    }

    /// While the store is about to claim for it.
    @Test(arguments: ["leaves", "is cancelled"]) func aRunClaimedForWhoLeavesMeanwhileGoesBackAtOnce(how: String)
        async throws
    {
        let duringClaim = Guarded<(@Sendable () -> Void)?>(nil)
        let test = try await TestAPI(uptime: {
            duringClaim.withLock { $0 }?()
            return .zero
        })
        let run = try await queuedRun(test)
        let request = claim(test)
        let (start, startSignal) = AsyncStream<Void>.makeStream()
        let claiming = Task { [handler = test.api.handler()] in
            for await _ in start { break }
            return try await handler(request)
        }
        duringClaim.withLock { $0 = { if how == "leaves" { request.presence.end() } else { claiming.cancel() } } }
        startSignal.yield()
        #expect(try await claiming.value.status == .noContent)
        duringClaim.withLock { $0 = nil }
        let after = try await test.store.run(run.id)
        #expect(after.state == .queued && after.attempt == 2 && after.failures == 0 && after.worker == nil)
        #expect(try await test.store.claim(worker: "w", leaseSeconds: 20)?.id == run.id)
    }
}
