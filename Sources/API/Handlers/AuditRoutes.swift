import HTTP
import HTTPTypes
import Storage

/// Who changed what.
extension PlateauAPI {
    var auditRoutes: [Route] {
        [
            Route(.get, "/v1/audit", .needs(.admin), readsQuery: true) { call in
                var subject: String?
                var token: String?
                let page = try PageRequest(QueryReader(call.request.query)) { query in
                    subject = query.text("subject", length: 1...100)
                    token = query.text("token", length: 1...100)
                }
                let slice = try await self.store.audit(
                    subject: subject, tokenID: token, after: page.cursor, limit: page.limit)
                return try .json(Page(items: slice.items.map(AuditBody.init), nextCursor: slice.nextCursor))
            }
        ]
    }
}
