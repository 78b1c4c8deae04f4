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
        // RFC 9112 §3 allows leniency with white space here; single spaces leave nothing to disagree about.
        let parts = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        guard parts.count == 3, !parts[0].isEmpty, parts[0].allSatisfy(CharacterClass.token.contains),
            let method = HTTPRequest.Method(String(decoding: parts[0], as: UTF8.self))
        else { throw HTTPError.badRequest("The request line is not METHOD TARGET HTTP/1.1.") }
        self.method = method
        isHTTP10 = try Self.isHTTP10(parts[2])
        guard parts[1].count <= targetLimit else {
            throw HTTPError(.uriTooLong, "The target is longer than \(targetLimit) bytes.")
        }
        (target, authority) = try Self.target(parts[1], method: method)
    }

    private static func isHTTP10(_ version: ArraySlice<UInt8>) throws -> Bool {
        let digits = Array(version.dropFirst(5))
        // RFC 9112 §2.3: case-sensitive, one digit each.
        guard version.starts(with: "HTTP/".utf8), digits.count == 3, digits[1] == UInt8(ascii: "."),
            CharacterClass.digit.contains(digits[0]), CharacterClass.digit.contains(digits[2])
        else { throw HTTPError.badRequest("The request line does not end in HTTP/1.1.") }
        switch (digits[0], digits[2]) {
        case (UInt8(ascii: "1"), UInt8(ascii: "1")): return false
        case (UInt8(ascii: "1"), UInt8(ascii: "0")): return true
        default: throw HTTPError(.httpVersionNotSupported, "Send HTTP/1.1.")
        }
    }

    /// RFC 9112 §3.2: origin-form, absolute-form, and asterisk-form for OPTIONS.
    private static func target(_ bytes: ArraySlice<UInt8>, method: HTTPRequest.Method) throws -> (String, String?) {
        guard !bytes.isEmpty, bytes.allSatisfy(Characters.isTarget) else {
            throw HTTPError.badRequest("The target has a character that must be percent-encoded.")
        }
        if method == .connect { throw HTTPError(.notImplemented, "CONNECT is for proxies; this is none.") }
        let text = String(decoding: bytes, as: UTF8.self)
        if text.hasPrefix("/") { return (text, nil) }
        if text == "*", method == .options { return (text, nil) }
        let scheme = ["http://", "https://"].first { text.prefix($0.count).lowercased() == $0 }
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
