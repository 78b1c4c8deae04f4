import HTTP
import HTTPTypes

/// One method on one path. `{name}` in the pattern stands for a whole segment.
struct Route: Sendable {
    /// Who may ask: anyone, or a token with at least this right.
    enum Access: Sendable {
        case open
        case needs(Role)
    }

    let method: HTTPRequest.Method
    let pattern: [Substring]
    let access: Access
    /// The handler reads the query itself and refuses what it does not know; without, any parameter is refused.
    let readsQuery: Bool
    let handler: @Sendable (Call) async throws -> HTTPServerResponse

    init(
        _ method: HTTPRequest.Method, _ pattern: String, _ access: Access, readsQuery: Bool = false,
        _ handler: @escaping @Sendable (Call) async throws -> HTTPServerResponse
    ) {
        self.method = method
        self.pattern = pattern.split(separator: "/", omittingEmptySubsequences: true)
        self.access = access
        self.readsQuery = readsQuery
        self.handler = handler
    }

    /// The values of the pattern's parameters where `segments` fit it.
    func match(_ segments: [String]) -> [String: String]? {
        guard segments.count == pattern.count else { return nil }
        var parameters: [String: String] = [:]
        for (expected, segment) in zip(pattern, segments) {
            if expected.first == "{" {
                parameters[String(expected.dropFirst().dropLast())] = segment
            } else if expected != segment {
                return nil
            }
        }
        return parameters
    }
}
