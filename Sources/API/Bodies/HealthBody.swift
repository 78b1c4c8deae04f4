/// The answer of `/healthz` and `/readyz`.
public struct HealthBody: Codable, Sendable {
    public var status: String
    /// Why the server is not ready; empty when it is.
    public var reasons: [String]
    public var version: String
}
