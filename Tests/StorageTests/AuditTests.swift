import Testing

@testable import Storage

/// Rows of the audit: with the change, and not for ever.
@Suite struct AuditTests {
    private let test: TemporaryStore

    init() throws { test = try TemporaryStore() }

    private func request(_ subject: String? = nil) -> AuditedRequest {
        AuditedRequest(tokenID: "tok_1", tokenName: "ada", action: "POST /v1/x", subject: subject, requestID: "r")
    }

    private func create(for request: AuditedRequest) async throws {
        try await AuditedRequest.$current.withValue(request) {
            _ = try await test.store.createToken(name: "t", role: "reader", expiresAt: nil)
        }
    }

    @Test func theFirstChangeOfARequestIsNoted() async throws {
        let request = request()
        try await create(for: request)
        try await create(for: request)
        let rows = try await test.store.audit(limit: 10).items
        #expect(rows.count == 1 && rows[0].subject?.hasPrefix("tok_") == true && rows[0].tokenName == "ada")
    }

    @Test func whatIsRolledBackIsNotNoted() async throws {
        let sweep = try await test.addSweep(runs: 1)
        _ = try await test.store.cancel(sweep: sweep.id)
        await #expect(throws: StorageError.self) {
            try await AuditedRequest.$current.withValue(request(sweep.id)) {
                try await test.store.cancel(sweep: sweep.id)
            }
        }
        #expect(try await test.store.audit(limit: 10).items.isEmpty)
    }

    @Test func aYearIsKept() async throws {
        for _ in 1...3 { try await create(for: request()) }
        test.clock.advance(365 * 86_400)
        try await create(for: request())
        #expect(try await test.store.audit(limit: 10).items.count == 4)
        test.clock.advance(2 * 86_400)
        // Each new row takes two old ones with it.
        try await create(for: request())
        #expect(try await test.store.audit(limit: 10).items.count == 3)
        try await create(for: request())
        #expect(try await test.store.audit(limit: 10).items.count == 3)
    }
}
