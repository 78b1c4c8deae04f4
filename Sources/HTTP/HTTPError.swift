public import HTTPTypes

/// What the HTTP layer itself refuses; handlers may throw it, too. The server answers it as a problem detail.
public struct HTTPError: Error, Sendable, Hashable, CustomStringConvertible {
    public var status: HTTPResponse.Status
    /// What was wrong and, where it helps, what is allowed. Sent to the client.
    public var detail: String

    public init(_ status: HTTPResponse.Status, _ detail: String) {
        self.status = status
        self.detail = detail
    }

    public var description: String { "\(status.code) \(detail)" }

    static func badRequest(_ detail: String) -> HTTPError { HTTPError(.badRequest, detail) }
}
