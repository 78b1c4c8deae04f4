/// Who sent a request.
struct Principal: Sendable {
    /// The token's id; nil for the workers that the server started itself.
    let tokenID: String?
    let name: String
    let role: Role
}
