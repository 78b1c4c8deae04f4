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
    public var quota: TokenQuota
    /// What the runs of its sweeps have taken so far, as in `SweepRecord`.
    public var cpuSeconds: Double

    init(row: Row) {
        id = row["id"]
        name = row["name"]
        role = row["role"]
        createdAt = row.date("created_at")
        expiresAt = row.dateIfAny("expires_at")
        lastUsedAt = row.dateIfAny("last_used_at")
        revokedAt = row.dateIfAny("revoked_at")
        quota = TokenQuota(maxQueuedRuns: row["max_queued_runs"], cpuHours: row["cpu_hours"])
        cpuSeconds = row["cpu_seconds"]
    }

    static let select = """
        SELECT token.*, coalesce(submitter.cpu_seconds, 0) AS cpu_seconds
        FROM token LEFT JOIN submitter ON submitter.id = token.id
        """
}
