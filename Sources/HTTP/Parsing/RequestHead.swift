import HTTPTypes

/// A request line and its header fields, checked against RFC 9112 as a whole.
struct RequestHead {
    enum Framing: Equatable {
        case none
        case length(Int)
        case chunked
    }

    let method: HTTPRequest.Method
    /// The target's path with its query, as sent; `*` for `OPTIONS *`.
    let target: String
    let isHTTP10: Bool
    let fields: HTTPFields
    let framing: Framing
    let keepsAlive: Bool
    let expectsContinue: Bool

    init(requestLine: ArraySlice<UInt8>, fields lines: [FieldLine], limits: HTTPLimits) throws {
        let parts = requestLine.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        guard parts.count == 3, !parts[0].isEmpty, parts[0].allSatisfy(Characters.isToken),
            let method = HTTPRequest.Method(String(decoding: parts[0], as: UTF8.self))
        else { throw HTTPError.badRequest("The request line is not METHOD TARGET HTTP/1.1.") }
        self.method = method
        isHTTP10 = try Self.isHTTP10(parts[2])
        target = try Self.target(parts[1], method: method, limit: limits.targetBytes)

        var fields = HTTPFields()
        var lengths: [String] = []
        var codings: [String] = []
        var hosts: [String] = []
        for line in lines {
            switch line.name.lowercased() {
            case "content-length": lengths.append(line.value)
            case "transfer-encoding": codings.append(line.value)
            case "host": hosts.append(line.value)
            default: break
            }
            guard let name = HTTPField.Name(line.name) else { throw HTTPError.badRequest("A header has no valid name.") }
            fields.append(HTTPField(name: name, value: line.value))
        }
        self.fields = fields
        try Self.check(hosts: hosts, isHTTP10: isHTTP10)
        framing = try Self.framing(lengths: lengths, codings: codings, isHTTP10: isHTTP10, limit: limits.bodyBytes)

        let options = Self.tokens(fields[values: .connection])
        keepsAlive = isHTTP10 ? options.contains("keep-alive") && !options.contains("close") : !options.contains("close")
        let expectations = Self.tokens(fields[values: .expect])
        guard expectations.allSatisfy({ $0 == "100-continue" }) else {
            throw HTTPError(.expectationFailed, "The only expectation that can be met is 100-continue.")
        }
        // RFC 9110 §10.1.1: an expectation in an HTTP/1.0 request is ignored.
        expectsContinue = !expectations.isEmpty && !isHTTP10
    }

    private static func isHTTP10(_ version: ArraySlice<UInt8>) throws -> Bool {
        switch String(decoding: version, as: UTF8.self) {
        case "HTTP/1.1": return false
        case "HTTP/1.0": return true
        case let text where text.wholeMatch(of: /HTTP\/[0-9]\.[0-9]/) != nil:
            throw HTTPError(.httpVersionNotSupported, "Send HTTP/1.1.")
        default: throw HTTPError.badRequest("The request line does not end in HTTP/1.1.")
        }
    }

    /// RFC 9112 §3.2: origin-form, absolute-form, and asterisk-form for OPTIONS.
    private static func target(_ bytes: ArraySlice<UInt8>, method: HTTPRequest.Method, limit: Int) throws -> String {
        guard bytes.count <= limit else {
            throw HTTPError(.uriTooLong, "The target is longer than \(limit) bytes.")
        }
        guard !bytes.isEmpty, bytes.allSatisfy(Characters.isTarget) else {
            throw HTTPError.badRequest("The target has a character that must be percent-encoded.")
        }
        if method == .connect { throw HTTPError(.notImplemented, "CONNECT is for proxies; this is none.") }
        let text = String(decoding: bytes, as: UTF8.self)
        if text.hasPrefix("/") { return text }
        if text == "*", method == .options { return text }
        guard let match = text.prefixMatch(of: /[Hh][Tt][Tt][Pp][Ss]?:\/\/([^\/?]+)/),
            match.output.1.utf8.allSatisfy(Characters.isAuthority)
        else { throw HTTPError.badRequest("The target is neither a path nor an http URL.") }
        let path = text[match.range.upperBound...]
        return path.hasPrefix("/") ? String(path) : "/" + path
    }

    /// RFC 9112 §3.2: exactly one Host in HTTP/1.1; never two.
    private static func check(hosts: [String], isHTTP10: Bool) throws {
        guard hosts.count == 1 || (hosts.isEmpty && isHTTP10) else {
            throw HTTPError.badRequest(hosts.isEmpty ? "The Host header is missing." : "There is more than one Host header.")
        }
        guard hosts.allSatisfy({ $0.utf8.allSatisfy(Characters.isAuthority) }) else {
            throw HTTPError.badRequest("The Host header is not a host with an optional port.")
        }
    }

    /// RFC 9112 §6.1–6.3. What two readers could frame differently is refused, so that nothing can be smuggled in.
    private static func framing(lengths: [String], codings: [String], isHTTP10: Bool, limit: Int) throws -> Framing {
        if !codings.isEmpty {
            guard lengths.isEmpty else {
                throw HTTPError.badRequest("Content-Length and Transfer-Encoding exclude each other.")
            }
            guard !isHTTP10 else { throw HTTPError.badRequest("HTTP/1.0 has no Transfer-Encoding.") }
            let names = tokens(codings)
            guard names.last == "chunked", names.dropLast().allSatisfy({ $0 != "chunked" }) else {
                throw HTTPError.badRequest("Transfer-Encoding must end in chunked, once.")
            }
            guard names.count == 1 else { throw HTTPError(.notImplemented, "The only transfer coding here is chunked.") }
            return .chunked
        }
        guard let text = lengths.first else { return .none }
        guard lengths.count == 1 else { throw HTTPError.badRequest("There is more than one Content-Length.") }
        guard (1...18).contains(text.utf8.count), text.utf8.allSatisfy(Characters.isDigit), let length = Int(text) else {
            throw HTTPError.badRequest("Content-Length is not a number of bytes.")
        }
        guard length <= limit else {
            throw HTTPError(.contentTooLarge, "The body is longer than \(limit) bytes.")
        }
        return length == 0 ? .none : .length(length)
    }

    /// The members of a comma-separated list, in lower case.
    private static func tokens(_ values: [String]) -> [String] {
        values.flatMap { $0.split(separator: ",") }
            .map { String(decoding: Characters.trim(ArraySlice($0.utf8)), as: UTF8.self).lowercased() }
            .filter { !$0.isEmpty }
    }
}
