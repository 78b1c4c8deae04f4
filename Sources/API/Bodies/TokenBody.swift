public import Foundation

/// A token, as `GET /v1/tokens` lists it. The secret itself is shown once, in the answer that created it.
public struct TokenBody: Codable, Sendable {
    public var id: String
    public var name: String
    public var role: Role
    public var createdAt: Date
    @OrNull public var expiresAt: Date?
    @OrNull public var lastUsedAt: Date?
    @OrNull public var revokedAt: Date?
    /// Runs that may wait at a time, queued or paused; null for any number.
    @OrNull public var maxQueuedRuns: Int?
    /// What its runs may have taken before it can submit no more; null for any amount.
    @OrNull public var cpuHours: Double?
    /// What they have taken. Null from older servers.
    @OrNull public var cpuHoursUsed: Double?
    /// The secret to send as `Authorization: Bearer …`; only in the answer to its creation.
    public var token: String?
}
