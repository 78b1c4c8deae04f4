public import Foundation
import GRDB

extension Store {
    /// Makes a token. Its secret is returned here and never again: the store keeps the SHA-256 alone.
    public func createToken(
        name: String, role: String, expiresAt: Date?, quota: TokenQuota = TokenQuota()
    ) async throws -> (token: TokenRecord, secret: String) {
        let secret = TokenSecret.make(configuration.randomBytes)
        let id = identifiers.make("tok")
        let now = now
        let token = try await write("creating a token", subject: Self.made(id)) { database in
            try database.execute(
                sql: """
                    INSERT INTO token (id, name, role, hash, created_at, expires_at, max_queued_runs, cpu_hours)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    id, name, role, Data(TokenSecret.hash(secret)), now, expiresAt.map(Instant.init),
                    quota.maxQueuedRuns, quota.cpuHours,
                ])
            return try Self.token(id, in: database)
        }
        return (token, secret)
    }

    /// The token of a secret, where it is neither expired nor revoked. Its last use is noted, at most once a minute.
    public func token(secret: String) async throws -> TokenRecord? {
        try await token(hash: TokenSecret.hash(secret))
    }

    /// - Parameter hash: of the secret.
    public func token(hash: [UInt8]) async throws -> TokenRecord? {
        let now = now
        // Before anything is read: a revocation meanwhile must not be overlooked.
        let moment = knownTokens.moment
        guard let token = try await find(hash, moment), token.expiresAt.map({ Instant($0) > now }) ?? true else {
            return nil
        }
        if token.lastUsedAt.map({ Instant($0).adding(seconds: 60) < now }) ?? true {
            try await write("noting a token's use") { database in
                try database.execute(
                    sql: "UPDATE token SET last_used_at = ? WHERE id = ?", arguments: [now, token.id])
            }
            var used = token
            used.lastUsedAt = now.date
            knownTokens.keep(used, hash, since: moment)
        }
        return token
    }

    private func find(_ hash: [UInt8], _ moment: Int) async throws -> TokenRecord? {
        if let known = knownTokens.find(hash) { return known }
        let token = try await read("looking up a token") { database in
            try Row.fetchOne(
                database, sql: TokenRecord.select + " WHERE hash = ? AND revoked_at IS NULL", arguments: [Data(hash)]
            ).map(TokenRecord.init(row:))
        }
        if let token { knownTokens.keep(token, hash, since: moment) }
        return token
    }

    /// Newest first, revoked ones included.
    public func tokens(after cursor: String? = nil, limit: Int) async throws -> Slice<TokenRecord> {
        let before = try Cursor.decode(cursor) ?? .max
        return try await read("listing tokens") { database in
            let rows = try Row.fetchAll(
                database, sql: TokenRecord.select + " WHERE seq < ? ORDER BY seq DESC LIMIT ?",
                arguments: [before, limit + 1])
            return Cursor.slice(rows, limit: limit, seq: { $0["seq"] }, item: TokenRecord.init(row:))
        }
    }

    /// Lets a token ask for more or less from now on. What it has asked for already stays.
    ///
    /// - Throws: `StorageError.invalidState` for one that is revoked.
    public func change(
        token id: String, maxQueuedRuns: Adjustment<Int> = .kept, cpuHours: Adjustment<Double> = .kept
    ) async throws -> TokenRecord {
        let token = try await write("changing a token") { database in
            let token = try Self.token(id, in: database)
            guard token.revokedAt == nil else {
                throw StorageError.invalidState("the token \(id) is revoked: make another")
            }
            try database.execute(
                sql: "UPDATE token SET max_queued_runs = ?2, cpu_hours = ?3 WHERE id = ?1",
                arguments: [
                    id, maxQueuedRuns.applied(to: token.quota.maxQueuedRuns),
                    cpuHours.applied(to: token.quota.cpuHours),
                ])
            return try Self.token(id, in: database)
        }
        knownTokens.forget(id)
        return token
    }

    /// Ends a token at once and for good.
    ///
    /// - Throws: `StorageError.invalidState` for the last usable admin token: nobody could make another.
    public func revokeToken(_ id: String) async throws {
        let now = now
        try await write("revoking a token") { database in
            let token = try Self.token(id, in: database)
            let others = try Int.fetchOne(
                database,
                sql: """
                    SELECT count(*) FROM token WHERE role = 'admin' AND id <> ? AND revoked_at IS NULL
                    AND (expires_at IS NULL OR expires_at > ?)
                    """,
                arguments: [id, now])
            if token.role == "admin", others == 0 {
                throw StorageError.invalidState("this is the last admin token; make another first")
            }
            try database.execute(
                sql: "UPDATE token SET revoked_at = coalesce(revoked_at, ?) WHERE id = ?", arguments: [now, id])
        }
        knownTokens.forget(id)
    }

    /// Whether some admin token could still be used.
    public func hasAdminToken() async throws -> Bool {
        let now = now
        return try await read("looking for an admin token") { database in
            try Bool.fetchOne(
                database,
                sql: """
                    SELECT EXISTS (SELECT 1 FROM token WHERE role = 'admin' AND revoked_at IS NULL
                                   AND (expires_at IS NULL OR expires_at > ?))
                    """,
                arguments: [now]) ?? false
        }
    }

    private static func token(_ id: String, in database: Database) throws -> TokenRecord {
        guard let row = try Row.fetchOne(database, sql: TokenRecord.select + " WHERE token.id = ?", arguments: [id])
        else { throw StorageError.notFound(kind: "token", id: id) }
        return TokenRecord(row: row)
    }
}

/// The secret part of a token: `plateau_` and 32 random bytes in base64url (RFC 4648 §5).
public enum TokenSecret {
    public static func make(_ randomBytes: @Sendable (Int) -> [UInt8]) -> String {
        let text = Data(randomBytes(32)).base64EncodedString()
        return "plateau_" + text.replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    /// What is stored of it. The secret has 256 random bits, so a plain hash is enough: there is nothing to guess.
    public static func hash(_ secret: String) -> [UInt8] { Digest.sha256([UInt8](secret.utf8)) }

    /// Whether two hashes are equal, in a time that does not depend on where they differ.
    public static func areEqual(_ a: [UInt8], _ b: [UInt8]) -> Bool {
        // In Swift | and ^ bind alike, from the left.
        a.count == b.count && zip(a, b).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
