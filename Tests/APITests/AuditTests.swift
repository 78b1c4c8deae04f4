import Foundation
import HTTP
import HTTPTypes
import Storage
import Testing

@testable import API

/// Who changed what.
@Suite struct AuditTests {
    private let test: TestAPI

    init() async throws { test = try await TestAPI() }

    private func audit(_ query: String = "") async throws -> [AuditBody] {
        try await test.ask(.get, "/v1/audit\(query)").decoded(Page<AuditBody>.self).items
    }

    @Test func eachChangeHasARowWithItsAuthor() async throws {
        try await test.addImages()
        let body = #"{"dataset":"set","sizes":[2],"depths":[3]}"#
        let sweep = try await test.ask(.post, "/v1/sweeps", json: body).decoded(SweepBody.self)
        _ = try await test.ask(.post, "/v1/sweeps/\(sweep.id)/cancel")
        let token = try await test.ask(.post, "/v1/tokens", json: #"{"name":"eyes","role":"reader"}"#)
            .decoded(TokenBody.self)
        _ = try await test.ask(.delete, "/v1/tokens/\(token.id)")
        let rows = try await audit()
        #expect(
            rows.map(\.action) == [
                "DELETE /v1/tokens/{id}", "POST /v1/tokens", "POST /v1/sweeps/{id}/cancel", "POST /v1/sweeps",
            ])
        #expect(rows.map(\.subject) == [token.id, token.id, sweep.id, sweep.id])
        #expect(rows.allSatisfy { $0.outcome == "done" && $0.tokenName == "all" })
        #expect(rows.allSatisfy { $0.tokenID?.hasPrefix("tok_") == true })
        #expect(try await audit("?subject=\(token.id)").count == 2)
        #expect(try await audit("?token=\(rows[0].tokenID ?? "")").count == 4)
        #expect(try await audit("?token=\(token.id)").isEmpty)
    }

    @Test func pagesFollowEachOther() async throws {
        for number in 1...5 {
            _ = try await test.ask(.post, "/v1/tokens", json: #"{"name":"t\#(number)","role":"reader"}"#)
        }
        let first = try await test.ask(.get, "/v1/audit?limit=3").decoded(Page<AuditBody>.self)
        let cursor = try #require(first.nextCursor)
        let second = try await test.ask(.get, "/v1/audit?limit=3&cursor=\(cursor)").decoded(Page<AuditBody>.self)
        #expect(first.items.count == 3 && second.items.count == 2 && second.nextCursor == nil)
        #expect(Set((first.items + second.items).map(\.subject)).count == 5)
    }

    @Test func whatIsRefusedIsSaidToo() async throws {
        let run = try await test.claimedRun(epochs: 1)
        _ = try await test.ask(
            .post, "/v1/worker/runs/\(run.id)/finish",
            json: #"{"attempt":9,"test_dsc":0.5,"test_dsc_sd":0,"test_cases":1}"#)
        #expect(try await audit().map(\.outcome) == ["stale-attempt"])
        let reader = try await test.store.createToken(name: "eyes", role: "reader", expiresAt: nil)
        let response = try await test.api.handler()(
            HTTPServerRequest(
                method: .post, target: "/v1/sweeps/\(run.sweepID)/cancel",
                headers: [.authorization: "Bearer \(reader.secret)"]))
        #expect(response.status == .forbidden)
        let row = try #require(try await audit().first)
        #expect(row.outcome == "forbidden" && row.tokenID == reader.token.id && row.subject == run.sweepID)
        // What is merely ill-formed, or not there, changes nothing and says nothing of anyone's rights.
        _ = try await test.ask(.post, "/v1/tokens", json: "{}")
        _ = try await test.ask(.post, "/v1/sweeps/sw_none/cancel")
        #expect(try await audit().count == 2)
    }

    @Test func onlyChangesAreWrittenDown() async throws {
        let run = try await test.claimedRun(epochs: 1)
        // No work for this one.
        _ = try await test.ask(.post, "/v1/worker/claim", json: #"{"worker":"w"}"#)
        _ = try await test.ask(.get, "/v1/runs/\(run.id)")
        _ = try await test.ask(.post, "/v1/worker/runs/\(run.id)/heartbeat", json: #"{"attempt":1}"#)
        _ = try await test.ask(
            .post, "/v1/worker/runs/\(run.id)/epochs",
            json:
                #"{"attempt":1,"epochs":[{"epoch":1,"train_loss":1,"val_loss":1,"val_dsc":0.5,"learning_rate":0.1,"seconds":1,"images_seen":1}]}"#
        )
        _ = try await test.ask(.put, "/v1/worker/runs/\(run.id)/checkpoint?attempt=1&epoch=1", [1])
        #expect(try await audit().isEmpty)
        _ = try await test.ask(
            .post, "/v1/worker/runs/\(run.id)/finish",
            json: #"{"attempt":1,"test_dsc":0.5,"test_dsc_sd":0,"test_cases":1}"#)
        #expect(try await audit().map(\.action) == ["POST /v1/worker/runs/{id}/finish"])
    }

    /// The change and its row come together or not at all.
    @Test func aChangeThatFailsLeavesNoRowThatSaysItWasDone() async throws {
        try await test.addImages()
        let key: HTTPFields = [.init("Idempotency-Key")!: "once"]
        let body = #"{"dataset":"set","sizes":[2],"depths":[3]}"#
        for _ in 1...2 { _ = try await test.ask(.post, "/v1/sweeps", json: body, headers: key) }
        // The second gave the first one's sweep again.
        #expect(try await audit().count == 1)
    }

    @Test func onlyAdminsReadIt() async throws {
        for role in [Role.reader, .submitter, .worker] {
            let token = try await test.store.createToken(name: "x", role: role.rawValue, expiresAt: nil)
            let response = try await test.api.handler()(
                HTTPServerRequest(
                    method: .get, target: "/v1/audit", headers: [.authorization: "Bearer \(token.secret)"]))
            #expect(response.status == .forbidden)
        }
    }

    @Test func whateverIsNotReadIsAuditedButForWhatTrainingRepeatsOrStoresNothing() {
        let silent = test.api.routes.filter { $0.method != .get && !$0.isAudited }.map(\.pattern)
        #expect(
            Set(silent) == [
                "/v1/worker/runs/{id}/heartbeat", "/v1/worker/runs/{id}/epochs", "/v1/worker/runs/{id}/checkpoint",
                "/v1/worker/refinements/claim", "/v1/forecasts", "/v1/estimates",
            ])
    }
}
