/// The answer of `/healthz`.
public struct HealthBody: Codable, Sendable {
    public var status: String
    /// Always empty: a server that answers is alive.
    public var reasons: [String]
    public var version: String
}
