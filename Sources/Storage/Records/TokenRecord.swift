public import Foundation
import GRDB

/// A token without its secret, of which only the hash is kept.
public struct TokenRecord: Sendable {
    public var id: String
    public var name: String
    /// `reader`, `submitter`, `worker` or `admin`.
    public var role: String
    public var createdAt: Date
    public var expiresAt: Date?
    public var lastUsedAt: Date?
    public var revokedAt: Date?

    init(row: Row) {
        id = row["id"]
        name = row["name"]
        role = row["role"]
        createdAt = row.date("created_at")
        expiresAt = row.dateIfAny("expires_at")
        lastUsedAt = row.dateIfAny("last_used_at")
        revokedAt = row.dateIfAny("revoked_at")
    }
}
