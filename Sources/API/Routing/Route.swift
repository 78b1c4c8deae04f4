import HTTP
import HTTPTypes

/// One method on one path. `{name}` in the pattern stands for a whole segment.
struct Route: Sendable {
    /// Who may ask: anyone, or a token with at least this right.
    enum Access: Sendable {
        case open
        case needs(Role)
    }

    /// A segment of the pattern.
    private enum Segment {
        case fixed(String)
        case parameter(String)
    }

    let method: HTTPRequest.Method
    /// As given: `/v1/runs/{id}`.
    let pattern: String
    private let segments: [Segment]
    let access: Access
    /// The handler reads the query itself and refuses what it does not know; without, any parameter is refused.
    let readsQuery: Bool
    /// The handler computes for far less than a millisecond between two awaits and may do so on a connection's loop.
    let isQuick: Bool
    /// What it changes is written down with who asked for it. The default is true; reading changes nothing.
    let isAudited: Bool
    /// Bytes of content that may come with it; over it 413, before any is read where the client says so first.
    let bodyBytes: Int
    let handler: @Sendable (Call) async throws -> HTTPServerResponse

    init(
        _ method: HTTPRequest.Method, _ pattern: String, _ access: Access, readsQuery: Bool = false,
        isQuick: Bool = false, isAudited: Bool = true,
        bodyBytes: Int = Call.bodyLimitBytes,
        _ handler: @escaping @Sendable (Call) async throws -> HTTPServerResponse
    ) {
        self.method = method
        self.pattern = pattern
        segments = pattern.split(separator: "/").map { segment in
            segment.first == "{" ? .parameter(String(segment.dropFirst().dropLast())) : .fixed(String(segment))
        }
        self.access = access
        self.readsQuery = readsQuery
        self.isQuick = isQuick
        self.isAudited = isAudited && method != .get
        self.bodyBytes = bodyBytes
        self.handler = handler
    }

    var segmentCount: Int { segments.count }

    func matches(_ segments: [String]) -> Bool {
        guard segments.count == self.segments.count else { return false }
        for index in segments.indices {
            if case .fixed(let text) = self.segments[index], text != segments[index] { return false }
        }
        return true
    }

    /// The values of the pattern's parameters in segments that match.
    func parameters(_ segments: [String]) -> [String: String] {
        var parameters: [String: String] = [:]
        for (expected, segment) in zip(self.segments, segments) {
            if case .parameter(let name) = expected { parameters[name] = segment }
        }
        return parameters
    }
}
