import HTTPTypes

/// What the request's fields make of a handler's answer: whether the client has it already (RFC 9110 §13), and in which
/// coding it goes out (§12.5.3). Ranges are cut once the file is open, by `OutgoingAnswer`.
struct ContentRules {
    /// Below this many bytes gzip saves no packet.
    static let leastBytes = 1024
    /// From this many bytes on, coding takes so long that the loop shall not wait for it.
    private static let largeBytes = 32 * 1024

    /// Whether to code at all.
    let gzips: Bool

    func apply(
        to response: HTTPServerResponse, for request: HTTPServerRequest
    ) async throws(HTTPError) -> HTTPServerResponse {
        if let settled = try settle(response, request) { return settled }
        guard gzips, mayBeCoded(response) else { return response }
        var response = response
        Self.vary(&response.headers)
        guard AcceptedCodings.prefersGzip(request.headers[values: .acceptEncoding]) else { return response }
        response.headers[.contentEncoding] = "gzip"
        if let tag = response.headers[.eTag].flatMap({ EntityTag($0) }) { response.headers[.eTag] = tag.inGzip.text }
        response.body = request.method == .head ? .stream { _ in } : await Self.coded(response.body)
        return response
    }

    /// A 304 where the client has what would be sent, and where the handler has said so itself what belongs to it.
    private func settle(
        _ response: HTTPServerResponse, _ request: HTTPServerRequest
    ) throws(HTTPError) -> HTTPServerResponse? {
        var response = response
        if response.status == .ok {
            guard request.method == .get || request.method == .head,
                response.headers.contains(.eTag) || response.headers.contains(.lastModified)
            else { return nil }
            let conditions = Preconditions(request)
            guard conditions.areThere else { return nil }
            switch conditions.evaluate(
                eTag: response.headers[.eTag], lastModified: response.headers[.lastModified])
            {
            case .met: return nil
            case .failed: throw HTTPError(.preconditionFailed, "What is there has changed; get it anew.")
            case .notModified(let tag):
                response.status = .notModified
                response.headers[.eTag] = tag
                for name in [HTTPField.Name.contentType, .contentEncoding, .contentLanguage, .contentDisposition] {
                    response.headers[name] = nil
                }
            }
        }
        guard response.status == .notModified else { return nil }
        // RFC 9110 §15.4.5: what a 200 would say of other representations.
        if gzips { Self.vary(&response.headers) }
        response.body = .empty
        return response
    }

    private func mayBeCoded(_ response: HTTPServerResponse) -> Bool {
        switch response.body {
        case .empty, .file: return false
        case .bytes(let bytes): if bytes.count < Self.leastBytes { return false }
        case .stream: break
        }
        return !ResponseHead.forbidsContent(response.status) && response.status != .partialContent
            && !response.headers.contains(.contentEncoding) && Self.isCompressible(response.headers[.contentType])
    }

    /// Text of all kinds. Events (`text/event-stream`) are too small to gain, and are many to hold a coder for.
    static func isCompressible(_ contentType: String?) -> Bool {
        guard let contentType else { return false }
        let type = Characters.lowercased(
            Characters.trim(Array(contentType.utf8.prefix { $0 != UInt8(ascii: ";") })[...]))
        if type == "text/event-stream" { return false }
        return type.hasPrefix("text/") || type.hasSuffix("+json") || type.hasSuffix("+xml")
            || ["application/json", "application/yaml", "application/xml", "application/javascript"].contains(type)
    }

    private static func vary(_ headers: inout HTTPFields) {
        guard headers.contains(.vary) else {
            headers[.vary] = "Accept-Encoding"
            return
        }
        let names = RequestHead.members(headers[values: .vary])
        guard !names.contains("accept-encoding"), !names.contains("*") else { return }
        headers[.vary] = (headers[.vary].map { $0 + ", " } ?? "") + "Accept-Encoding"
    }

    // MARK: - Coding

    private static func coded(_ body: HTTPServerResponse.Body) async -> HTTPServerResponse.Body {
        switch body {
        case .empty, .file: return body
        case .bytes(let bytes): return .bytes(await code(bytes, GzipCoder(isLong: true), .finish))
        case .stream(let produce):
            return .stream { writer in
                let coder = GzipCoder(isLong: false)
                // Each piece goes out as far as it can be read: who streams wants it seen.
                let coded = ResponseWriter { piece in try await writer.write(await code(piece, coder, .sync)) }
                try await produce(coded)
                try await writer.write(coder.add([], .finish))
                writer.setTrailers(coded.trailers)
            }
        }
    }

    private static func code(_ bytes: [UInt8], _ coder: GzipCoder, _ flush: GzipCoder.Flush) async -> [UInt8] {
        guard bytes.count >= largeBytes else { return bytes.isEmpty ? [] : coder.add(bytes, flush) }
        return await withTaskExecutorPreference(globalConcurrentExecutor) {
            var output: [UInt8] = []
            var rest = bytes[...]
            while rest.count > largeBytes {
                output += coder.add(Array(rest.prefix(largeBytes)), .none)
                rest = rest.dropFirst(largeBytes)
                // Others want the pool, too.
                await Task.yield()
            }
            return output + coder.add(Array(rest), flush)
        }
    }
}
