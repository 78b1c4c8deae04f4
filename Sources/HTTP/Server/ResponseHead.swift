import Foundation
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

    static func bytes(
        _ response: HTTPServerResponse, framing: Framing, keepsAlive: Bool, requestID: String, date: String,
        serverName: String? = nil
    ) -> [UInt8] {
        var text = "HTTP/1.1 \(response.status.code) \(response.status.reasonPhrase)\r\nDate: \(date)\r\n"
        if let serverName { text += "Server: \(serverName)\r\n" }
        for field in response.headers where !ours.contains(field.name) {
            text += "\(field.name.rawName): \(field.value)\r\n"
        }
        switch framing {
        case .none, .connectionEnd: break
        case .length(let length): text += "Content-Length: \(length)\r\n"
        case .chunked: text += "Transfer-Encoding: chunked\r\n"
        }
        text += "X-Request-Id: \(requestID)\r\nConnection: \(keepsAlive ? "keep-alive" : "close")\r\n\r\n"
        return Array(text.utf8)
    }

    private static let ours: Set<HTTPField.Name> = [
        .contentLength, .transferEncoding, .date, .connection, .server, .requestID,
    ]
}

/// The `Date` header's text (RFC 9110 §5.6.7), made once a second.
struct DateHeader {
    private var second = -1
    private var text = ""

    mutating func current() -> String {
        let now = time(nil)
        if now != second {
            second = now
            var when = now
            var parts = tm()
            gmtime_r(&when, &parts)
            var buffer = [CChar](repeating: 0, count: 40)
            strftime(&buffer, buffer.count, "%a, %d %b %Y %H:%M:%S GMT", &parts)
            text = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
        return text
    }
}
