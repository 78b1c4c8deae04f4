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

    init(_ line: RequestLine, _ head: HeadFields, bodyLimit: Int) throws {
        method = line.method
        target = line.target
        isHTTP10 = line.isHTTP10

        // RFC 9112 §3.2: exactly one Host in HTTP/1.1; never two.
        guard head.host.count == 1 || (head.host.count == 0 && isHTTP10) else {
            throw HTTPError.badRequest(
                head.host.count == 0 ? "The Host header is missing." : "There is more than one Host header.")
        }
        guard head.host.first.map(Characters.isAuthority) ?? true else {
            throw HTTPError.badRequest("The Host header is not a host with an optional port.")
        }
        framing = try BodyFraming(length: head.length, coding: head.coding, isHTTP10: isHTTP10, limit: bodyLimit)

        // RFC 9112 §9.3.
        let options = Self.members(head.connection)
        keepsAlive = !options.contains("close") && (!isHTTP10 || options.contains("keep-alive"))
        let expectations = Self.members(head.expect)
        guard isHTTP10 || expectations.allSatisfy({ $0 == "100-continue" }) else {
            throw HTTPError(.expectationFailed, "The only expectation that can be met is 100-continue.")
        }
        // RFC 9110 §10.1.1: ignored in HTTP/1.0 and where no content follows.
        expectsContinue = !expectations.isEmpty && !isHTTP10 && framing != .none
        var fields = head.fields
        // RFC 9112 §3.2.2: the target's authority counts, not Host.
        if let authority = line.authority { fields[.host] = authority }
        self.fields = fields
    }

    /// The members of a comma-separated list, in lower case.
    static func members(_ values: [String]) -> [String] {
        guard !values.isEmpty else { return [] }
        return values.flatMap { $0.split(separator: ",") }
            .map { Characters.lowercased(Characters.trim(ArraySlice($0.utf8))) }
            .filter { !$0.isEmpty }
    }
}

/// The fields of a head as they come in, with those that its reading depends on set apart.
struct HeadFields {
    private(set) var fields = HTTPFields()
    private(set) var host = Repeatable()
    private(set) var length = Repeatable()
    private(set) var coding = Repeatable()
    private(set) var connection: [String] = []
    private(set) var expect: [String] = []

    mutating func append(_ line: FieldLine) {
        switch line.role {
        case .host: host.append(line.value)
        case .contentLength: length.append(line.value)
        case .transferEncoding: coding.append(line.value)
        case .connection: connection.append(line.value)
        case .expect: expect.append(line.value)
        case .other: break
        }
        if fields.isEmpty { fields.reserveCapacity(8) }
        fields.append(line.field)
    }
}
