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
    /// The secret to send as `Authorization: Bearer …`; only in the answer to its creation.
    public var token: String?
}
