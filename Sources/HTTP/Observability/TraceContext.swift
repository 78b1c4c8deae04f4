/// Where a request stands in a trace that spans several programs, as `traceparent` says it (W3C Trace Context §3.2).
public struct TraceContext: Sendable, Hashable {
    /// 32 hexadecimal digits.
    public let traceID: String
    /// 16 hexadecimal digits: the caller's part of the trace.
    public let parentID: String
    /// Bit 0: the caller records the trace.
    public let flags: UInt8
    /// `tracestate`, as it came; passed on as it is (§3.3).
    public let state: String?

    /// The context of the request that the running task handles, where it came with one. `HTTPClient` passes it on.
    @TaskLocal public static var current: TraceContext?

    /// Bytes of `tracestate` that are passed on; a longer one is dropped (§3.3.1.5 asks for 512 at least).
    static let stateLimit = 1024

    /// Nil where the header breaks the grammar: then it is as if there were none (§4.3).
    public init?(traceparent: String, tracestate: String? = nil) {
        let bytes = Array(traceparent.utf8)
        // Version 00 has 55 characters; later ones may go on after another hyphen (§4.3).
        guard bytes.count >= 55, bytes[2] == Self.hyphen, bytes[35] == Self.hyphen, bytes[52] == Self.hyphen,
            let version = Self.byte(bytes[0..<2]), version != 0xff, let flags = Self.byte(bytes[53..<55]),
            bytes.count == 55 || (version > 0 && bytes[55] == Self.hyphen),
            Self.isIdentifier(bytes[3..<35]), Self.isIdentifier(bytes[36..<52])
        else { return nil }
        traceID = String(decoding: bytes[3..<35], as: UTF8.self)
        parentID = String(decoding: bytes[36..<52], as: UTF8.self)
        self.flags = flags
        state = tracestate.flatMap { $0.utf8.count <= Self.stateLimit && !$0.isEmpty ? $0 : nil }
    }

    /// The header for a call made on behalf of this request: the same trace, and a part of it with an id of its own.
    public func traceparent() -> String {
        let part = String(UInt64.random(in: 1 ... .max), radix: 16)
        let flags = self.flags & 1
        return "00-\(traceID)-\(String(repeating: "0", count: 16 - part.count))\(part)-0\(flags)"
    }

    private static let hyphen = UInt8(ascii: "-")

    /// Lower-case digits, not all of them zero (§3.2.2.3).
    private static func isIdentifier(_ digits: ArraySlice<UInt8>) -> Bool {
        digits.allSatisfy { value($0) != nil } && digits.contains { $0 != UInt8(ascii: "0") }
    }

    private static func byte(_ digits: ArraySlice<UInt8>) -> UInt8? {
        guard let first = digits.first.flatMap(value), let last = digits.last.flatMap(value) else { return nil }
        return first << 4 | last
    }

    private static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}
