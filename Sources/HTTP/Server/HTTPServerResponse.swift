public import HTTPTypes

/// What a handler answers. `Content-Length`, `Transfer-Encoding`, `Date`, `Connection` and the request id are the
/// server's to add; where a handler sets them, they are replaced.
public struct HTTPServerResponse: Sendable {
    public enum Body: Sendable {
        case empty
        case bytes([UInt8])
        /// A part of a file, read in pieces while it is sent; by default the whole. What lies beyond the file's end is
        /// left out.
        case file(path: String, offset: Int = 0, length: Int? = nil)
        /// Content that comes piece by piece: the closure is called once the head is out and writes until it returns.
        /// It is not called for HEAD. When it throws, the connection breaks off, so that the client can tell.
        case stream(@Sendable (ResponseWriter) async throws -> Void)
    }

    public var status: HTTPResponse.Status
    public var headers: HTTPFields
    public var body: Body
    /// The pattern of the path that was asked for, such as `/v1/runs/{id}`: names the request in the log and in
    /// `ServerMetrics`, which tells 256 apart. Not sent. The default is none.
    public var route: String?
    /// Of a stream: bytes that may wait for the client before `ResponseWriter.write` does. The default is 256 KiB.
    public var streamBufferBytes = RequestBody.Channel.highWater
    /// Of a stream that comes to no end by itself: when the server shuts down its task is cancelled at once, and it
    /// ends as it should. The default is false.
    public var isEndless = false

    public init(status: HTTPResponse.Status = .ok, headers: HTTPFields = [:], body: Body = .empty) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}

extension HTTPServerResponse {
    /// A problem detail (RFC 9457) of the layer itself.
    init(_ error: HTTPError, requestID: String?) {
        var members = [
            "\"type\":\"about:blank\"", "\"title\":\(Self.quoted(error.status.reasonPhrase))",
            "\"status\":\(error.status.code)", "\"detail\":\(Self.quoted(error.detail))",
        ]
        if let requestID { members.append("\"instance\":\(Self.quoted(requestID))") }
        self.init(
            status: error.status, headers: [.contentType: "application/problem+json"],
            body: .bytes(Array("{\(members.joined(separator: ","))}".utf8)))
        if [.serviceUnavailable, .tooManyRequests].contains(error.status) { headers[.retryAfter] = "1" }
    }

    /// A JSON string (RFC 8259 §7).
    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": quoted += "\\\(scalar)"
            case "\u{0}"..."\u{1f}":
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
