public import HTTPTypes

/// What a handler answers. `Content-Length`, `Date`, `Connection` and the request id are the server's to add.
public struct HTTPServerResponse: Sendable {
    public enum Body: Sendable {
        case empty
        case bytes([UInt8])
        /// A whole file, read in pieces while it is sent.
        case file(path: String)
    }

    public var status: HTTPResponse.Status
    public var headers: HTTPFields
    public var body: Body

    public init(status: HTTPResponse.Status = .ok, headers: HTTPFields = [:], body: Body = .empty) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}

extension HTTPServerResponse {
    /// A problem detail (RFC 9457) of the layer itself.
    init(_ error: HTTPError, requestID: String?) {
        func quoted(_ text: String) -> String {
            "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
        }
        var members = [
            "\"type\":\"about:blank\"", "\"title\":\(quoted(error.status.reasonPhrase))",
            "\"status\":\(error.status.code)", "\"detail\":\(quoted(error.detail))",
        ]
        if let requestID { members.append("\"instance\":\(quoted(requestID))") }
        self.init(
            status: error.status, headers: [.contentType: "application/problem+json"],
            body: .bytes(Array("{\(members.joined(separator: ","))}".utf8)))
    }
}
