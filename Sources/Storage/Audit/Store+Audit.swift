import GRDB

extension Store {
    /// How long rows of the audit are kept, in days.
    public static let auditDays = 366.0

    /// Newest first.
    /// - Parameters:
    ///   - subject: the id of what was changed; nil for anything.
    ///   - tokenID: whose changes; nil for anyone's.
    public func audit(
        subject: String? = nil, tokenID: String? = nil, after cursor: String? = nil, limit: Int
    ) async throws -> Slice<AuditRecord> {
        let before = try Cursor.decode(cursor) ?? .max
        return try await read("reading the audit") { database in
            let conditions = [subject.map { _ in "subject = ?2" }, tokenID.map { _ in "token_id = ?3" }]
            let rows = try Row.fetchAll(
                database,
                sql: """
                    SELECT * FROM audit WHERE \((["seq < ?1"] + conditions.compactMap(\.self)).joined(separator: " AND "))
                    ORDER BY seq DESC LIMIT ?4
                    """,
                arguments: [before, subject, tokenID, limit + 1])
            return Cursor.slice(rows, limit: limit, seq: { $0["seq"] }, item: AuditRecord.init(row:))
        }
    }

    /// Notes a request that was refused.
    public func noteRefusal(of request: AuditedRequest, outcome: String) async throws {
        let now = now
        try await write("noting a refusal") { database in
            try Self.note(request, subject: request.subject, outcome: outcome, at: now, in: database)
        }
    }

    /// The subject of a change that makes something new.
    static func made<Value>(_ id: String) -> @Sendable (Value) -> String? { { _ in id } }

    static func note(
        _ request: AuditedRequest, subject: String?, outcome: String, at now: Instant, in database: Database
    ) throws {
        // Two old rows go for each new one, so that a year's worth is soon left, whatever came before.
        try database.cachedStatement(
            sql: "DELETE FROM audit WHERE at < ? AND seq < (SELECT min(seq) FROM audit) + 2"
        ).execute(arguments: [now.adding(seconds: -auditDays * 86_400)])
        try database.cachedStatement(
            sql: """
                INSERT INTO audit (at, token_id, token_name, action, subject, outcome, request_id)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                """
        ).execute(arguments: [
            now, request.tokenID, request.tokenName, request.action, subject, outcome, request.requestID,
        ])
    }
}
