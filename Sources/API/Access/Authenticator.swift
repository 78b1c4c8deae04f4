import HTTPTypes
public import Storage

/// Tells who sends a request, from its bearer token (RFC 6750).
public struct Authenticator: Sendable {
    private let store: Store
    /// SHA-256 of the token that the server gave to the workers it started; it is never stored.
    private let workerHash: [UInt8]?

    public init(store: Store, workerSecret: String?) {
        self.store = store
        workerHash = workerSecret.map(TokenSecret.hash)
    }

    func authenticate(_ header: String?) async throws -> Principal {
        guard let header else { throw Self.refusal("Send a token: Authorization: Bearer TOKEN.") }
        let parts = header.utf8.split(separator: UInt8(ascii: " "), maxSplits: 1)
        guard parts.count == 2, Substring(parts[0]).lowercased() == "bearer", parts[1].count <= 256 else {
            throw Self.refusal("The Authorization header must read: Bearer TOKEN.")
        }
        let hash = TokenSecret.hash(String(Substring(parts[1])))
        if let workerHash, TokenSecret.areEqual(hash, workerHash) {
            return Principal(tokenID: nil, name: "local worker", role: .worker)
        }
        guard let token = try await store.token(hash: hash), let role = Role(rawValue: token.role) else {
            throw Self.refusal(
                "The token is unknown, expired or revoked. The first admin token is in the data directory's admin-token file."
            )
        }
        return Principal(tokenID: token.id, name: token.name, role: role)
    }

    private static func refusal(_ detail: String) -> Problem {
        Problem(.unauthenticated, detail, headers: [.wwwAuthenticate: "Bearer realm=\"plateau\""])
    }
}
