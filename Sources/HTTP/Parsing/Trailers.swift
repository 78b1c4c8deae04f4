import HTTPTypes

/// Fields that follow the content (RFC 9110 §6.5). Those that only make sense before it are left out.
enum Trailers {
    /// RFC 9110 §6.5.1: what frames, routes, authenticates or conditions a message, or says how to read its content,
    /// must not be changed by what comes after it.
    static func isForbidden(_ name: HTTPField.Name) -> Bool { forbidden.contains(name.canonicalName) }

    /// The last chunk, and what follows it (RFC 9112 §7.1.2).
    static func end(with fields: HTTPFields) -> [UInt8] {
        guard !fields.isEmpty else { return Array("0\r\n\r\n".utf8) }
        let lines = fields.filter { !isForbidden($0.name) }.map { "\($0.name.rawName): \($0.value)\r\n" }
        return Array("0\r\n\(lines.joined())\r\n".utf8)
    }

    private static let forbidden: Set<String> = [
        "transfer-encoding", "content-length", "host", "trailer", "connection", "keep-alive", "proxy-connection",
        "upgrade", "te", "expect", "max-forwards", "cache-control", "pragma", "range", "if-match", "if-none-match",
        "if-modified-since", "if-unmodified-since", "if-range", "authorization", "proxy-authorization",
        "www-authenticate", "proxy-authenticate", "cookie", "set-cookie", "content-encoding", "content-type",
        "content-range", "content-location", "date", "location", "retry-after", "vary", "age", "expires",
        "x-request-id", "traceparent", "tracestate", "forwarded", "x-forwarded-for",
    ]
}
