import Foundation
import HTTP
import HTTPTypes
import Storage

extension PlateauAPI {
    var tokenRoutes: [Route] {
        [
            Route(.post, "/v1/tokens", .needs(.admin), createToken),
            Route(.get, "/v1/tokens", .needs(.admin), readsQuery: true) { call in
                let page = try PageRequest(QueryReader(call.request.query)) { _ in }
                let slice = try await self.store.tokens(after: page.cursor, limit: page.limit)
                return try .json(
                    Page(items: try slice.items.map { try Self.body($0, secret: nil) }, nextCursor: slice.nextCursor))
            },
            Route(.patch, "/v1/tokens/{id}", .needs(.admin), changeToken),
            Route(.delete, "/v1/tokens/{id}", .needs(.admin)) { call in
                try await self.store.revokeToken(call.parameter("id"))
                return HTTPServerResponse(status: .noContent)
            },
        ]
    }

    @Sendable private func createToken(_ call: Call) async throws -> HTTPServerResponse {
        let asked = try await call.body { fields in
            fields.require("name", "role")
            return (
                name: fields.string("name", length: 1...64), role: fields.choice("role", of: Role.self),
                days: fields.integer("expires_in_days", in: 1...3650),
                quota: TokenQuota(
                    maxQueuedRuns: fields.integer("max_queued_runs", in: TokenQuota.maxQueuedRunsRange),
                    cpuHours: fields.number("cpu_hours", in: SweepLimits.cpuHoursRange))
            )
        }
        guard let name = asked.name, let role = asked.role else {
            throw Problem(.invalidRequest, "The request is not complete.")
        }
        let expiry = asked.days.map { Date().addingTimeInterval(Double($0) * 86_400) }
        let (token, secret) = try await store.createToken(
            name: name, role: role.rawValue, expiresAt: expiry, quota: asked.quota)
        return try .json(
            try Self.body(token, secret: secret), status: .created, headers: [.cacheControl: "no-store"])
    }

    @Sendable private func changeToken(_ call: Call) async throws -> HTTPServerResponse {
        let quota = try await call.body { fields in
            if !["max_queued_runs", "cpu_hours"].contains(where: fields.names) {
                fields.reject("max_queued_runs", "is required, or cpu_hours: something to change")
            }
            return (
                runs: fields.adjustment("max_queued_runs") {
                    fields.integer("max_queued_runs", in: TokenQuota.maxQueuedRunsRange)
                },
                hours: fields.adjustment("cpu_hours") { fields.number("cpu_hours", in: SweepLimits.cpuHoursRange) }
            )
        }
        let token = try await store.change(
            token: call.parameter("id"), maxQueuedRuns: quota.runs, cpuHours: quota.hours)
        return try .json(try Self.body(token, secret: nil))
    }

    private static func body(_ token: TokenRecord, secret: String?) throws -> TokenBody {
        guard let role = Role(rawValue: token.role) else {
            throw StorageError.corrupt(operation: "reading a token", detail: "unknown role \(token.role)")
        }
        return TokenBody(
            id: token.id, name: token.name, role: role, createdAt: token.createdAt, expiresAt: token.expiresAt,
            lastUsedAt: token.lastUsedAt, revokedAt: token.revokedAt, maxQueuedRuns: token.quota.maxQueuedRuns,
            cpuHours: token.quota.cpuHours, cpuHoursUsed: token.cpuSeconds / 3600, token: secret)
    }
}
