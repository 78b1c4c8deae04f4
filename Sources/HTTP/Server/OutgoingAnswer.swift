import HTTPTypes

/// A handler's answer, with its file opened and its framing settled: ready for the connection's loop, where nothing
/// may wait for a disk to find a file.
struct OutgoingAnswer: Sendable {
    enum Content: Sendable {
        case none
        case bytes([UInt8])
        case file(OpenFile, Range<Int>)
        case stream(@Sendable (ResponseWriter) async throws -> Void)
    }

    /// There is no such file.
    struct UnreadableFile: Error {
        var path: String
    }

    let response: HTTPServerResponse
    let framing: ResponseHead.Framing
    let content: Content
    /// The client takes fields after the content.
    let sendsTrailers: Bool

    init(_ response: HTTPServerResponse, to request: HTTPServerRequest, isHTTP10: Bool) throws(UnreadableFile) {
        var response = response
        let isHead = request.method == .head
        let (framing, content) = try Self.content(response.body, isHTTP10: isHTTP10)
        // RFC 9110 §10.1.4.
        sendsTrailers =
            framing == .chunked && RequestHead.members(request.headers[values: .te]).contains("trailers")
        if !sendsTrailers { response.headers[.trailer] = nil }
        self.response = response
        if ResponseHead.forbidsContent(response.status) {
            (self.framing, self.content) = (.none, .none)
        } else if isHead {
            // RFC 9110 §9.3.2: the headers of a GET; what only making the content would tell may be left out.
            if case .stream = content { self.framing = .none } else { self.framing = framing }
            self.content = .none
        } else {
            (self.framing, self.content) = (framing, content)
        }
    }

    /// The layer's own answer.
    init(_ error: HTTPError, requestID: String, isHead: Bool) {
        response = HTTPServerResponse(error, requestID: requestID)
        sendsTrailers = false
        if case .bytes(let bytes) = response.body {
            (framing, content) = (.length(bytes.count), isHead ? .none : .bytes(bytes))
        } else {
            (framing, content) = (.length(0), .none)
        }
    }

    private static func content(
        _ body: HTTPServerResponse.Body, isHTTP10: Bool
    ) throws(UnreadableFile) -> (ResponseHead.Framing, Content) {
        switch body {
        case .empty: return (.length(0), .none)
        case .bytes(let bytes): return (.length(bytes.count), .bytes(bytes))
        case .file(let path, let offset, let length):
            guard let file = OpenFile(path: path) else { throw UnreadableFile(path: path) }
            let start = min(max(0, offset), file.size)
            let count = max(0, min(length ?? .max, file.size - start))
            return (.length(count), .file(file, start..<start + count))
        // RFC 9112 §6.1: no transfer coding for an HTTP/1.0 client.
        case .stream(let produce): return (isHTTP10 ? .connectionEnd : .chunked, .stream(produce))
        }
    }
}
