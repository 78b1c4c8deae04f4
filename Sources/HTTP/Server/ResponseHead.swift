import Glibc
import HTTPTypes

/// Writes status line and headers.
enum ResponseHead {
    /// How the client finds the content's end (RFC 9112 §6.3).
    enum Framing: Equatable {
        /// There is none, nor any header about it.
        case none
        case length(Int)
        case chunked
        case connectionEnd
    }

    /// RFC 9112 §6.3: these have no content, whatever the handler gave.
    static func forbidsContent(_ status: HTTPResponse.Status) -> Bool {
        status.kind == .informational || status == .noContent || status == .notModified
    }

    /// - Parameter content: follows the head in the same array, so that both go out at once.
    static func bytes(
        _ response: HTTPServerResponse, framing: Framing, keepsAlive: Bool, requestID: String, date: [UInt8],
        serverName: String? = nil, content: [UInt8] = []
    ) -> [UInt8] {
        var head: [UInt8] = []
        head.reserveCapacity(256 + content.count)
        head += "HTTP/1.1 ".utf8
        append(response.status.code, to: &head)
        head.append(UInt8(ascii: " "))
        head += response.status.reasonPhrase.utf8
        head += "\r\nDate: ".utf8
        head += date
        head += "\r\n".utf8
        if let serverName { append("Server", serverName, to: &head) }
        for field in response.headers where !ours.contains(field.name.canonicalName) {
            append(field.name.rawName, field.value, to: &head)
        }
        switch framing {
        case .none, .connectionEnd: break
        case .length(let length):
            head += "Content-Length: ".utf8
            append(length, to: &head)
            head += "\r\n".utf8
        case .chunked: head += "Transfer-Encoding: chunked\r\n".utf8
        }
        append("X-Request-Id", requestID, to: &head)
        head += (keepsAlive ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n").utf8
        head += content
        return head
    }

    private static func append(_ name: String, _ value: String, to head: inout [UInt8]) {
        head += name.utf8
        head += ": ".utf8
        head += value.utf8
        head += "\r\n".utf8
    }

    private static func append(_ number: Int, to head: inout [UInt8]) {
        let start = head.count
        var rest = number
        repeat {
            head.append(UInt8(ascii: "0") + UInt8(rest % 10))
            rest /= 10
        } while rest > 0
        head[start...].reverse()
    }

    private static let ours = [
        "content-length", "transfer-encoding", "date", "connection", "server", "x-request-id",
    ]
}

/// The `Date` header's text (RFC 9110 §5.6.7), made once a second.
struct DateHeader {
    private var due: UInt64 = 0
    private var text: [UInt8] = []

    /// - Parameter now: of the monotonic clock, in nanoseconds.
    mutating func current(_ now: UInt64) -> [UInt8] {
        guard now >= due else { return text }
        var clock = timespec()
        clock_gettime(CLOCK_REALTIME, &clock)
        due = now + UInt64(1_000_000_000 - clock.tv_nsec)
        text = Array(HTTPDate(seconds: clock.tv_sec).text.utf8)
        return text
    }
}
