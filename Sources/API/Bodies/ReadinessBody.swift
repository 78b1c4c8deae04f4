/// The answer of `/readyz`: `ready` as long as no check is `failing`.
public struct ReadinessBody: Codable, Sendable {
    public struct Check: Codable, Sendable, Hashable {
        public enum Status: String, Codable, Sendable {
            case ok, warning, failing
        }

        /// `database`, `disk`, `workers` or `server`.
        public var name: String
        public var status: Status
        /// For whoever must see to it.
        public var detail: String
    }

    public var status: String
    /// Details of what is failing; empty when the server is ready.
    public var reasons: [String]
    public var version: String
    public var checks: [Check]

    init(_ checks: [Check], version: String) {
        reasons = checks.filter { $0.status == .failing }.map(\.detail)
        status = reasons.isEmpty ? "ready" : "not_ready"
        self.version = version
        self.checks = checks
    }
}
