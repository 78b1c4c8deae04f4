public import HTTPTypes

/// A request as a handler gets it.
public struct HTTPServerRequest: Sendable {
    public var method: HTTPRequest.Method
    /// The target's path as sent, without the query.
    public var path: String
    /// The query's pairs in order, percent-decoded, `+` read as a space.
    public var query: [(name: String, value: String)]
    public var headers: HTTPFields
    public var body: RequestBody
    /// The peer's address as text.
    public var remoteAddress: String
    /// The subject of the certificate that the client has shown (RFC 2253), where the server asks for one and over TLS.
    public var clientSubject: String?
    /// From `X-Request-Id` where that is sound, else made here.
    public var id: String
    /// From `traceparent`, where that is valid. `TraceContext.current` in the handler's task.
    public var trace: TraceContext?
    let presence = ClientPresence()

    /// The client has closed its sending side, or its connection is gone. It may still read in the first case, and so the
    /// handler's task is cancelled only a little later; what is handed out once had better be kept from it.
    public var clientHasLeft: Bool { presence.hasLeft }

    public init(
        method: HTTPRequest.Method, target: String, headers: HTTPFields = [:], body: RequestBody = .empty,
        remoteAddress: String = "", clientSubject: String? = nil, id: String = "", trace: TraceContext? = nil
    ) {
        self.method = method
        // Byte by byte: a search for characters would look for the end of each grapheme.
        let mark = target.utf8.firstIndex(of: UInt8(ascii: "?"))
        path = String(target[..<(mark ?? target.endIndex)])
        query = mark.map { Self.pairs(target[target.utf8.index(after: $0)...]) } ?? []
        self.headers = headers
        self.body = body
        self.remoteAddress = remoteAddress
        self.clientSubject = clientSubject
        self.id = id
        self.trace = trace
    }

    /// What `headers[name]` says, sooner: of a field that stands there once, as nearly every one does, nothing is joined.
    public func header(_ name: HTTPField.Name) -> String? {
        let values = headers[values: name]
        return values.count == 1 ? values[0] : headers[name]
    }

    /// The path's segments, percent-decoded; nil where the encoding is broken or hides a slash or NUL.
    public var pathSegments: [String]? {
        var path = path
        // Once for the whole of it: most paths have nothing to decode.
        let isPlain = path.withUTF8 { !$0.contains { $0 == UInt8(ascii: "%") || $0 == 0 } }
        let parts = path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).dropFirst()
        if isPlain { return parts.map { String(Substring($0)) } }
        var segments: [String] = []
        for part in parts {
            guard let segment = PercentEncoding.decode(Substring(part)), !segment.utf8.contains(0),
                !segment.utf8.contains(UInt8(ascii: "/"))
            else { return nil }
            segments.append(segment)
        }
        return segments
    }

    private static func pairs(_ query: Substring) -> [(name: String, value: String)] {
        query.split(separator: "&").map { pair in
            let halves = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let decoded = halves.map { PercentEncoding.decode($0.replacing("+", with: " ")) ?? String($0) }
            return (decoded[0], decoded.count > 1 ? decoded[1] : "")
        }
    }
}

enum PercentEncoding {
    /// Nil where a `%` lacks its two hexadecimal digits or the bytes are not UTF-8.
    static func decode(_ text: some StringProtocol) -> String? {
        guard text.utf8.contains(UInt8(ascii: "%")) else { return String(text) }
        var bytes: [UInt8] = []
        var rest = text.utf8.makeIterator()
        while let byte = rest.next() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.next().flatMap(Characters.hexValue),
                let low = rest.next().flatMap(Characters.hexValue)
            else { return nil }
            bytes.append(high << 4 | low)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
