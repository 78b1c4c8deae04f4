import HTTPTypes

/// `METHOD TARGET HTTP/1.1` (RFC 9112 §3), checked as soon as the line is there.
struct RequestLine {
    let method: HTTPRequest.Method
    /// The target's path with its query, as sent; `*` for `OPTIONS *`.
    let target: String
    /// The authority of a target in absolute-form, which takes the place of Host.
    let authority: String?
    let isHTTP10: Bool

    init(_ line: ArraySlice<UInt8>, targetLimit: Int) throws {
        let bytes = line.span
        var methodEnd = 0
        while methodEnd < bytes.count, CharacterClass.token.contains(bytes[methodEnd]) { methodEnd += 1 }
        var targetEnd = methodEnd + 1
        while targetEnd < bytes.count, bytes[targetEnd] != UInt8(ascii: " ") { targetEnd += 1 }
        // RFC 9112 §3 allows leniency with white space here; single spaces leave nothing to disagree about.
        guard methodEnd > 0, targetEnd < bytes.count, bytes[methodEnd] == UInt8(ascii: " ") else {
            throw HTTPError.badRequest("The request line is not METHOD TARGET HTTP/1.1.")
        }
        isHTTP10 = try Self.isHTTP10(bytes.extracting((targetEnd + 1)...))
        guard targetEnd - methodEnd - 1 <= targetLimit else {
            throw HTTPError(.uriTooLong, "The target is longer than \(targetLimit) bytes.")
        }
        method = try Self.method(line[line.startIndex..<line.startIndex + methodEnd])
        (target, authority) = try Self.target(
            line[line.startIndex + methodEnd + 1..<line.startIndex + targetEnd], method: method)
    }

    private static func method(_ bytes: ArraySlice<UInt8>) throws -> HTTPRequest.Method {
        // RFC 9112 §3: one longer than any that is implemented.
        guard bytes.count <= 32, let method = HTTPRequest.Method(String(decoding: bytes, as: UTF8.self)) else {
            throw HTTPError(.notImplemented, "There is no method of that name.")
        }
        if method == .connect { throw HTTPError(.notImplemented, "CONNECT is for proxies; this is none.") }
        return method
    }

    private static func isHTTP10(_ version: Span<UInt8>) throws -> Bool {
        let name = [UInt8]("HTTP/".utf8)
        // RFC 9112 §2.3: case-sensitive, one digit each.
        guard version.count == 8, name.indices.allSatisfy({ version[$0] == name[$0] }),
            CharacterClass.digit.contains(version[5]), version[6] == UInt8(ascii: "."),
            CharacterClass.digit.contains(version[7])
        else { throw HTTPError.badRequest("The request line does not end in HTTP/1.1.") }
        // RFC 9110 §2.5: a higher minor version is read as the highest one knows.
        guard version[5] == UInt8(ascii: "1") else { throw HTTPError(.httpVersionNotSupported, "Send HTTP/1.1.") }
        return version[7] == UInt8(ascii: "0")
    }

    /// RFC 9112 §3.2: origin-form, absolute-form, and asterisk-form for OPTIONS.
    private static func target(_ bytes: ArraySlice<UInt8>, method: HTTPRequest.Method) throws -> (String, String?) {
        let span = bytes.span
        guard span.count > 0 else { throw HTTPError.badRequest("The request line has no target.") }
        for index in span.indices where !Characters.isTarget(span[index]) {
            throw HTTPError.badRequest("The target has a character that must be percent-encoded.")
        }
        let text = String(decoding: bytes, as: UTF8.self)
        if span[0] == UInt8(ascii: "/") { return (text, nil) }
        if text == "*", method == .options { return (text, nil) }
        let scheme = ["http://", "https://"].first { Characters.lowercased(text.utf8.prefix($0.utf8.count)) == $0 }
        guard let scheme else { throw HTTPError.badRequest("The target is neither a path nor an http URL.") }
        let rest = text.dropFirst(scheme.count)
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        // RFC 9110 §4.2.1: an http URL without a host is invalid.
        guard let first = authority.first, first != ":", Characters.isAuthority(authority) else {
            throw HTTPError.badRequest("The target's host is not a host with an optional port.")
        }
        let path = rest[authority.endIndex...]
        // RFC 9112 §3.2.4: OPTIONS for a URL without path and query means the server as a whole.
        if path.isEmpty, method == .options { return ("*", String(authority)) }
        return (path.hasPrefix("/") ? String(path) : "/" + path, String(authority))
    }
}
