import HTTPTypes

/// A request line and its header fields, checked against RFC 9112 as a whole.
struct RequestHead: Equatable {
    let method: HTTPRequest.Method
    /// The target's path with its query, as sent; `*` for `OPTIONS *`.
    let target: String
    let isHTTP10: Bool
    let fields: HTTPFields
    let framing: BodyFraming
    let keepsAlive: Bool
    let expectsContinue: Bool

    init(_ line: RequestLine, fields lines: [FieldLine], bodyLimit: Int) throws {
        method = line.method
        target = line.target
        isHTTP10 = line.isHTTP10

        var fields = HTTPFields()
        fields.reserveCapacity(lines.count)
        for line in lines {
            guard let name = HTTPField.Name(line.name) else {
                throw HTTPError.badRequest("A header has no valid name.")
            }
            fields.append(HTTPField(name: name, value: line.value))
        }
        // RFC 9112 §3.2: exactly one Host in HTTP/1.1; never two.
        let hosts = fields[values: .host]
        guard hosts.count == 1 || (hosts.isEmpty && isHTTP10) else {
            throw HTTPError.badRequest(
                hosts.isEmpty ? "The Host header is missing." : "There is more than one Host header.")
        }
        guard hosts.allSatisfy(Characters.isAuthority) else {
            throw HTTPError.badRequest("The Host header is not a host with an optional port.")
        }
        framing = try BodyFraming(
            lengths: fields[values: .contentLength], codings: fields[values: .transferEncoding], isHTTP10: isHTTP10,
            limit: bodyLimit)

        // RFC 9112 §9.3.
        let options = Self.members(fields[values: .connection])
        keepsAlive = !options.contains("close") && (!isHTTP10 || options.contains("keep-alive"))
        let expectations = Self.members(fields[values: .expect])
        guard expectations.allSatisfy({ $0 == "100-continue" }) else {
            throw HTTPError(.expectationFailed, "The only expectation that can be met is 100-continue.")
        }
        // RFC 9110 §10.1.1: ignored in HTTP/1.0 and where no content follows.
        expectsContinue = !expectations.isEmpty && !isHTTP10 && framing != .none
        // RFC 9112 §3.2.2: the target's authority counts, not Host.
        if let authority = line.authority { fields[.host] = authority }
        self.fields = fields
    }

    /// The members of a comma-separated list, in lower case.
    static func members(_ values: [String]) -> [String] {
        guard !values.isEmpty else { return [] }
        return values.flatMap { $0.split(separator: ",") }
            .map { String(decoding: Characters.trim(ArraySlice($0.utf8)), as: UTF8.self).lowercased() }
            .filter { !$0.isEmpty }
    }
}

extension HTTPField.Name {
    // Valid by its letters; the initialiser is optional for the sake of names that come from outside.
    static let host = HTTPField.Name("Host")!
    static let requestID = HTTPField.Name("X-Request-Id")!
}
