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
        var (framing, content) = try Self.content(response.body, isHTTP10: isHTTP10)
        if case .file(let file, let whole) = content, response.status == .ok {
            (framing, content) = Self.part(of: file, whole, &response, request)
        }
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

    /// RFC 9110 §14: the part of a file that the client asks for, where it does.
    private static func part(
        of file: OpenFile, _ whole: Range<Int>, _ response: inout HTTPServerResponse, _ request: HTTPServerRequest
    ) -> (ResponseHead.Framing, Content) {
        response.headers[.acceptRanges] = "bytes"
        // §14.2: for GET alone, and once the preconditions are met.
        guard request.method == .get, let header = request.headers[.range],
            Preconditions(request).rangeIsCurrent(
                eTag: response.headers[.eTag], lastModified: response.headers[.lastModified])
        else { return (.length(whole.count), .file(file, whole)) }
        switch RequestedRange(header, size: whole.count) {
        case .whole: return (.length(whole.count), .file(file, whole))
        case .part(let part):
            response.status = .partialContent
            response.headers[.contentRange] = "bytes \(part.lowerBound)-\(part.upperBound - 1)/\(whole.count)"
            return (
                .length(part.count),
                .file(file, whole.lowerBound + part.lowerBound..<whole.lowerBound + part.upperBound)
            )
        case .unsatisfiable:
            let error = HTTPError(.rangeNotSatisfiable, "There are \(whole.count) bytes.")
            response = HTTPServerResponse(error, requestID: request.id)
            response.headers[.acceptRanges] = "bytes"
            response.headers[.contentRange] = "bytes */\(whole.count)"
            guard case .bytes(let bytes) = response.body else { return (.length(0), .none) }
            return (.length(bytes.count), .bytes(bytes))
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
