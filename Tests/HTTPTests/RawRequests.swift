import Testing

@testable import HTTP

/// A connection's bytes and what a parser has to make of them.
struct RawRequests: Sendable, CustomTestStringConvertible {
    struct Parsed: Equatable, Sendable {
        var line: String
        var body: String
    }

    var name: String
    var bytes: [UInt8]
    /// Whole requests, as `METHOD target` and content.
    var parsed: [Parsed]
    /// What follows them: the status of a refusal, or nil when the parser just waits for more.
    var refusal: Int?

    var testDescription: String { name }

    init(_ name: String, _ text: String, _ parsed: [Parsed] = [], refusal: Int? = nil) {
        self.name = name
        bytes = Array(text.utf8)
        self.parsed = parsed
        self.refusal = refusal
    }

    private static func one(_ line: String, _ body: String = "") -> [Parsed] { [Parsed(line: line, body: body)] }

    /// Limits small enough to be met by short texts.
    static let limits: HTTPLimits = {
        var limits = HTTPLimits()
        limits.headBytes = 512
        limits.fieldCount = 8
        limits.targetBytes = 128
        limits.bodyBytes = 64
        return limits
    }()

    private static let get = "GET / HTTP/1.1\r\nHost: a\r\n"
    private static let post = "POST /p HTTP/1.1\r\nHost: a\r\n"
    private static let chunked = post + "Transfer-Encoding: chunked\r\n\r\n"

    static let all: [RawRequests] = requestLines + targets + fields + framings + chunks + sequences

    static let requestLines: [RawRequests] = [
        RawRequests("plain GET", get + "\r\n", one("GET /")),
        RawRequests("unknown method", "BREW /pot HTTP/1.1\r\nHost: a\r\n\r\n", one("BREW /pot")),
        RawRequests("empty lines first", "\r\n\r\n" + get + "\r\n", one("GET /")),
        RawRequests("HTTP/1.0 without Host", "GET / HTTP/1.0\r\n\r\n", one("GET /")),
        RawRequests("HTTP/2.0", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", refusal: 505),
        RawRequests("HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", refusal: 505),
        RawRequests("HTTP/1.2", "GET / HTTP/1.2\r\nHost: a\r\n\r\n", refusal: 505),
        RawRequests("HTTP/0.9", "GET /\r\n", refusal: 400),
        RawRequests("lower-case version", "GET / http/1.1\r\nHost: a\r\n\r\n", refusal: 400),
        RawRequests("version with two digits", "GET / HTTP/1.10\r\nHost: a\r\n\r\n", refusal: 400),
        RawRequests("two spaces", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", refusal: 400),
        RawRequests("tab for a space", "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n", refusal: 400),
        RawRequests("leading space", " GET / HTTP/1.1\r\nHost: a\r\n\r\n", refusal: 400),
        RawRequests("trailing space", "GET / HTTP/1.1 \r\nHost: a\r\n\r\n", refusal: 400),
        RawRequests("method with a bracket", "GE(T / HTTP/1.1\r\nHost: a\r\n\r\n", refusal: 400),
        RawRequests("line end LF alone", "GET / HTTP/1.1\nHost: a\r\n\r\n", refusal: 400),
        RawRequests("CR alone in the line", "GET /\rx HTTP/1.1\r\nHost: a\r\n\r\n", refusal: 400),
        RawRequests("TLS hello", "\u{16}\u{3}\u{1}\u{2}\n", refusal: 400),
        RawRequests("not complete", "GET / HTT"),
        RawRequests("no line end before the bound", String(repeating: "A", count: 600), refusal: 414),
    ]

    static let targets: [RawRequests] = [
        RawRequests("query", "GET /a?b=c%20d&e HTTP/1.1\r\nHost: a\r\n\r\n", one("GET /a?b=c%20d&e")),
        RawRequests("absolute-form", "GET http://h:80/a?b HTTP/1.1\r\nHost: a\r\n\r\n", one("GET /a?b")),
        RawRequests("absolute-form without a path", "GET HTTP://h?b HTTP/1.1\r\nHost: a\r\n\r\n", one("GET /?b")),
        RawRequests("absolute-form without a host", "GET http:///a HTTP/1.1\r\nHost: a\r\n\r\n", refusal: 400),
        RawRequests("absolute-form with a user", "GET http://u@h/ HTTP/1.1\r\nHost: a\r\n\r\n", refusal: 400),
        RawRequests("other scheme", "GET ftp://h/ HTTP/1.1\r\nHost: a\r\n\r\n", refusal: 400),
        RawRequests("OPTIONS *", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", one("OPTIONS *")),
        RawRequests("OPTIONS of a host", "OPTIONS http://h HTTP/1.1\r\nHost: a\r\n\r\n", one("OPTIONS *")),
        RawRequests("GET *", "GET * HTTP/1.1\r\nHost: a\r\n\r\n", refusal: 400),
        RawRequests("CONNECT", "CONNECT h:443 HTTP/1.1\r\nHost: a\r\n\r\n", refusal: 501),
        RawRequests("relative target", "GET a HTTP/1.1\r\nHost: a\r\n\r\n", refusal: 400),
        RawRequests("fragment", "GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n", refusal: 400),
        RawRequests("control in the target", "GET /\u{1} HTTP/1.1\r\nHost: a\r\n\r\n", refusal: 400),
        RawRequests("raw UTF-8 in the target", "GET /é HTTP/1.1\r\nHost: a\r\n\r\n", refusal: 400),
        RawRequests(
            "target at its bound", "GET /\(String(repeating: "a", count: 127)) HTTP/1.1\r\nHost: a\r\n\r\n",
            one("GET /\(String(repeating: "a", count: 127))")),
        RawRequests(
            "target over its bound", "GET /\(String(repeating: "a", count: 128)) HTTP/1.1\r\nHost: a\r\n\r\n",
            refusal: 414),
    ]

    static let fields: [RawRequests] = [
        RawRequests("no Host", "GET / HTTP/1.1\r\n\r\n", refusal: 400),
        RawRequests("two Hosts", get + "Host: a\r\n\r\n", refusal: 400),
        RawRequests("two Hosts in HTTP/1.0", "GET / HTTP/1.0\r\nHost: a\r\nhost: a\r\n\r\n", refusal: 400),
        RawRequests("empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", one("GET /")),
        RawRequests("IPv6 Host", "GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", one("GET /")),
        RawRequests("Host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", refusal: 400),
        RawRequests("Host with a bad port", "GET / HTTP/1.1\r\nHost: a:b\r\n\r\n", refusal: 400),
        RawRequests("Host with a list", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", refusal: 400),
        RawRequests("folded header", get + "X: a\r\n b\r\n\r\n", refusal: 400),
        RawRequests("white space before the first header", "GET / HTTP/1.1\r\n X: a\r\nHost: a\r\n\r\n", refusal: 400),
        RawRequests("space before the colon", get + "X : a\r\n\r\n", refusal: 400),
        RawRequests("no colon", get + "X\r\n\r\n", refusal: 400),
        RawRequests("empty name", get + ": a\r\n\r\n", refusal: 400),
        RawRequests("name with a bracket", get + "X(: a\r\n\r\n", refusal: 400),
        RawRequests("empty value", get + "X:\r\n\r\n", one("GET /")),
        RawRequests("NUL in a value", get + "X: a\0b\r\n\r\n", refusal: 400),
        RawRequests("LF alone after a header", get + "X: a\n\r\n", refusal: 400),
        RawRequests("CR alone in a value", get + "X: a\rb\r\n\r\n", refusal: 400),
        RawRequests("LF alone ends the head", get + "\n", refusal: 400),
        RawRequests(
            "as many headers as may be", get + String(repeating: "X: y\r\n", count: 7) + "\r\n", one("GET /")),
        RawRequests("one header too many", get + String(repeating: "X: y\r\n", count: 8) + "\r\n", refusal: 431),
        RawRequests("header over the bound", get + "X: \(String(repeating: "y", count: 600))\r\n\r\n", refusal: 431),
        RawRequests(
            "CR alone beyond the bound", get + "X: \(String(repeating: "y", count: 600))\rz\r\n\r\n", refusal: 431),
        RawRequests(
            "Expect: 100-continue", post + "Expect: 100-Continue\r\nContent-Length: 2\r\n\r\nhi", one("POST /p", "hi")),
        RawRequests("other expectation", get + "Expect: tea\r\n\r\n", refusal: 417),
    ]

    static let framings: [RawRequests] = [
        RawRequests("Content-Length", post + "Content-Length: 5\r\n\r\nhello", one("POST /p", "hello")),
        RawRequests("Content-Length 0", post + "Content-Length: 0\r\n\r\n", one("POST /p")),
        RawRequests("Content-Length with zeros", post + "Content-Length: 0005\r\n\r\nhello", one("POST /p", "hello")),
        RawRequests("content of a GET", get + "Content-Length: 2\r\n\r\nhi", one("GET /", "hi")),
        RawRequests("half a body", post + "Content-Length: 5\r\n\r\nhel"),
        RawRequests("two Content-Lengths", post + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello", refusal: 400),
        RawRequests("Content-Length twice", post + "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", refusal: 400),
        RawRequests("Content-Length list", post + "Content-Length: 5, 5\r\n\r\nhello", refusal: 400),
        RawRequests("negative Content-Length", post + "Content-Length: -5\r\n\r\n", refusal: 400),
        RawRequests("Content-Length with a plus", post + "Content-Length: +5\r\n\r\nhello", refusal: 400),
        RawRequests("hexadecimal Content-Length", post + "Content-Length: 0x5\r\n\r\nhello", refusal: 400),
        RawRequests("empty Content-Length", post + "Content-Length:\r\n\r\n", refusal: 400),
        RawRequests("Content-Length over the bound", post + "Content-Length: 65\r\n\r\n", refusal: 413),
        RawRequests(
            "Content-Length beyond any number", post + "Content-Length: 99999999999999999999\r\n\r\n", refusal: 413),
        RawRequests(
            "both framings", post + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", refusal: 400),
        RawRequests(
            "chunked in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", refusal: 400),
        RawRequests("unknown coding", post + "Transfer-Encoding: gzip, chunked\r\n\r\n", refusal: 501),
        RawRequests("coding that does not end", post + "Transfer-Encoding: gzip\r\n\r\n", refusal: 400),
        RawRequests("chunked not last", post + "Transfer-Encoding: chunked, gzip\r\n\r\n", refusal: 400),
        RawRequests(
            "chunked twice", post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", refusal: 400),
        RawRequests("empty Transfer-Encoding", post + "Transfer-Encoding:\r\n\r\n", refusal: 400),
        RawRequests("hidden chunked", post + "Transfer-Encoding: \u{b}chunked\r\n\r\n", refusal: 400),
    ]

    static let chunks: [RawRequests] = [
        RawRequests("chunks", chunked + "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", one("POST /p", "abcde")),
        RawRequests("no chunks", chunked + "0\r\n\r\n", one("POST /p")),
        RawRequests("hexadecimal size", chunked + "0A\r\n0123456789\r\n0\r\n\r\n", one("POST /p", "0123456789")),
        RawRequests("extensions", chunked + "3;a=b;c=\"d\" \r\nabc\r\n0;x\r\n\r\n", one("POST /p", "abc")),
        RawRequests("space before an extension", chunked + "3 ;a\r\nabc\r\n0\r\n\r\n", one("POST /p", "abc")),
        RawRequests("trailers", chunked + "1\r\na\r\n0\r\nX: y\r\nZ: w\r\n\r\n", one("POST /p", "a")),
        RawRequests("bad trailer", chunked + "0\r\nX y\r\n\r\n", refusal: 400),
        RawRequests("folded trailer", chunked + "0\r\nX: y\r\n z\r\n\r\n", refusal: 400),
        RawRequests("size that is no number", chunked + "g\r\n", refusal: 400),
        RawRequests("size with 0x", chunked + "0x3\r\nabc\r\n", refusal: 400),
        RawRequests("negative size", chunked + "-1\r\n", refusal: 400),
        RawRequests("no size", chunked + "\r\n", refusal: 400),
        RawRequests("size with a trailing space", chunked + "3 \r\nabc\r\n", refusal: 400),
        RawRequests("size of 16 digits", chunked + "0000000000000003\r\nabc\r\n", refusal: 400),
        RawRequests("size line ends in LF", chunked + "3\nabc\r\n", refusal: 400),
        RawRequests("chunk longer than its size", chunked + "3\r\nabcd\r\n", refusal: 400),
        RawRequests("chunk ends in LF", chunked + "3\r\nabc\n", refusal: 400),
        RawRequests("chunk over the bound", chunked + "41\r\n", refusal: 413),
        RawRequests(
            "chunks over the bound together", chunked + "40\r\n\(String(repeating: "a", count: 64))\r\n1\r\n",
            refusal: 413),
        RawRequests("endless size line", chunked + "1;" + String(repeating: "a", count: 9000), refusal: 400),
        RawRequests(
            "endless trailers",
            chunked + "0\r\n" + String(repeating: "X: \(String(repeating: "y", count: 90))\r\n", count: 99),
            refusal: 431),
        RawRequests(
            "extensions without end",
            chunked + String(repeating: "1;\(String(repeating: "a", count: 999))\r\nb\r\n", count: 18), refusal: 400),
    ]

    static let sequences: [RawRequests] = [
        RawRequests(
            "pipelined", get + "\r\n" + post + "Content-Length: 2\r\n\r\nhi" + get + "\r\n",
            one("GET /") + one("POST /p", "hi") + one("GET /")),
        RawRequests(
            "chunked, then GET", chunked + "1\r\na\r\n0\r\n\r\n" + get + "\r\n", one("POST /p", "a") + one("GET /")),
        RawRequests("empty line between", get + "\r\n\r\n" + get + "\r\n", one("GET /") + one("GET /")),
        RawRequests(
            "body longer than said", post + "Content-Length: 2\r\n\r\nhi{" + get + "\r\n", one("POST /p", "hi"),
            refusal: 400),
        RawRequests("good, then bad", get + "\r\n" + "GET / HTTP/1.1\r\n\r\n", one("GET /"), refusal: 400),
    ]
}
