/// One event of a stream (HTML standard, §9.2).
public struct ServerSentEvent: Sendable, Hashable {
    /// What a client that comes back names in `Last-Event-ID`. Nil leaves the client with the one before.
    public var id: String?
    /// The event's type; nil is a `message`.
    public var event: String?
    /// Several lines are several `data` fields.
    public var data: String
    /// How long the client shall wait before it comes back.
    public var retryMilliseconds: Int?

    public init(id: String? = nil, event: String? = nil, data: String, retryMilliseconds: Int? = nil) {
        self.id = id
        self.event = event
        self.data = data
        self.retryMilliseconds = retryMilliseconds
    }

    /// The event as it is sent. Line ends in `id` and `event`, which would begin another field, are left out, as is an
    /// `id` with a NUL, which clients ignore.
    public var bytes: [UInt8] {
        var bytes: [UInt8] = []
        if let id, !id.utf8.contains(0) { Self.append("id: ", Self.oneLine(id), to: &bytes) }
        if let event { Self.append("event: ", Self.oneLine(event), to: &bytes) }
        if let retryMilliseconds { Self.append("retry: ", Array("\(retryMilliseconds)".utf8), to: &bytes) }
        for line in Self.lines(Array(data.utf8)) { Self.append("data: ", line, to: &bytes) }
        bytes.append(UInt8(ascii: "\n"))
        return bytes
    }

    private static func append(_ name: String, _ value: some Sequence<UInt8>, to bytes: inout [UInt8]) {
        bytes += name.utf8
        bytes += value
        bytes.append(UInt8(ascii: "\n"))
    }

    private static func oneLine(_ text: String) -> [UInt8] {
        text.utf8.filter { $0 != UInt8(ascii: "\r") && $0 != UInt8(ascii: "\n") }
    }

    /// Lines end in CRLF, CR or LF.
    private static func lines(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] {
        var lines: [ArraySlice<UInt8>] = []
        var start = 0
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            guard byte == UInt8(ascii: "\r") || byte == UInt8(ascii: "\n") else {
                index += 1
                continue
            }
            lines.append(bytes[start..<index])
            let isPair = byte == UInt8(ascii: "\r") && index + 1 < bytes.count && bytes[index + 1] == UInt8(ascii: "\n")
            index += isPair ? 2 : 1
            start = index
        }
        return lines + [bytes[start...]]
    }
}
