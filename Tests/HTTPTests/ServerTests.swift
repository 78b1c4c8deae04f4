import Foundation
import HTTPTypes
import Logging
import Testing

@testable import HTTP

/// Answers with what it was asked.
private let echo: Handler = { request in
    let body = try await request.body.collect(upTo: 1 << 20)
    var headers: HTTPFields = [.contentType: "text/plain"]
    if request.path == "/close" { headers[.eTag] = "\"x\"" }
    return HTTPServerResponse(
        headers: headers, body: .bytes(Array("\(request.method.rawValue) \(request.path) ".utf8) + body))
}

extension OverSockets {
    @Suite struct ServerTests {
        private let get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

        @Test func everyAnswerHasItsHeaders() async throws {
            try await withServer(.with { $0.serverName = "plateau" }, handler: echo) { port in
                let answer = try await onThread {
                    let connection = try RawConnection(port)
                    try connection.send(get)
                    return try #require(try connection.answers(1).first)
                }
                #expect(answer.fields[.contentLength] == "6")
                #expect(answer.fields[.connection] == "keep-alive")
                #expect(answer.fields[.server] == "plateau")
                #expect(answer.fields[.requestID]?.hasPrefix("req_") == true)
                let date = try #require(answer.fields[.date])
                #expect(date.wholeMatch(of: /[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT/) != nil)
            }
        }

        @Test func handlersCannotForgeFramingHeaders() async throws {
            let handler: Handler = { _ in
                HTTPServerResponse(
                    headers: [
                        .contentLength: "99", .connection: "upgrade", .transferEncoding: "chunked", .date: "never",
                    ],
                    body: .bytes(Array("ok".utf8)))
            }
            try await withServer(handler: handler) { port in
                let answer = try await onThread {
                    let connection = try RawConnection(port)
                    try connection.send(get)
                    return try #require(try connection.answers(1).first)
                }
                #expect(answer.fields[values: .contentLength] == ["2"])
                #expect(answer.fields[values: .connection] == ["keep-alive"])
                #expect(answer.fields[.transferEncoding] == nil)
                #expect(answer.fields[values: .date].count == 1)
                #expect(answer.text == "ok")
            }
        }

        @Test func headHasNoBody() async throws {
            try await withServer(handler: echo) { port in
                try await onThread {
                    let connection = try RawConnection(port)
                    try connection.send("HEAD /x HTTP/1.1\r\nHost: a\r\n\r\n")
                    let head = try #require(try connection.answers(1, isHead: true).first)
                    #expect(head.status == 200)
                    #expect(head.fields[.contentLength] == "8")
                    // Had a body been sent, it would stand before this answer.
                    try connection.send(get)
                    #expect(try connection.answers(1).first?.text == "GET / ")
                }
            }
        }

        @Test func noContentHasNoLength() async throws {
            let handler: Handler = { _ in HTTPServerResponse(status: .noContent, body: .bytes([1])) }
            try await withServer(handler: handler) { port in
                try await onThread {
                    let connection = try RawConnection(port)
                    try connection.send(get + get)
                    let answers = try connection.answers(2)
                    #expect(answers.map(\.status) == [204, 204])
                    #expect(answers[0].fields[.contentLength] == nil)
                }
            }
        }

        @Test func requestIDs() async throws {
            let log = LogRecorder()
            let handler: Handler = { HTTPServerResponse(body: .bytes(Array($0.id.utf8))) }
            try await withServer(log: log, handler: handler) { port in
                func id(_ offered: String) async throws -> String {
                    let answer = try await onThread {
                        let connection = try RawConnection(port)
                        try connection.send("GET / HTTP/1.1\r\nHost: a\r\nX-Request-Id: \(offered)\r\n\r\n")
                        return try #require(try connection.answers(1).first)
                    }
                    #expect(answer.fields[.requestID] == answer.text)
                    return answer.text
                }
                let longest = String(repeating: "a", count: 64)
                for good in ["Job-7_a.b", longest] {
                    let id = try await id(good)
                    #expect(id == good)
                }
                for bad in [longest + "a", "a b", "a\r\nX-Request-Id: b"] {
                    let id = try await id(bad)
                    #expect(id.hasPrefix("req_"))
                }
            }
            #expect(log.requests.first?["request_id"] == "Job-7_a.b")
        }

        @Test func oneLogLineForEachRequest() async throws {
            let log = LogRecorder()
            try await withServer(log: log, handler: echo) { port in
                try await onThread {
                    let connection = try RawConnection(port)
                    try connection.send("POST /p?q=1 HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi" + get)
                    _ = try connection.answers(2)
                    try connection.send("bad\r\n")
                    #expect(connection.isClosed() == false)
                }
            }
            let requests = log.requests
            #expect(requests.map { $0["path"] } == ["/p", "/", nil])
            #expect(requests.map { $0["status"] } == ["200", "200", "400"])
            #expect(requests[0]["method"] == "POST")
            #expect(requests[0]["client"] == "127.0.0.1")
            #expect(Int(requests[0]["bytes"] ?? "").map { $0 > 9 } == true)
            #expect(Double(requests[0]["ms"] ?? "") != nil)
            #expect(log.lines.allSatisfy { $0.level == .info })
        }

        @Test func errorsOfHandlers() async throws {
            struct Secret: Error {}
            let log = LogRecorder()
            let handler: Handler = { request in
                if request.path == "/known" { throw HTTPError(.conflict, "say \"when\"\n") }
                throw Secret()
            }
            try await withServer(log: log, handler: handler) { port in
                try await onThread {
                    let connection = try RawConnection(port)
                    try connection.send("GET /known HTTP/1.1\r\nHost: a\r\n\r\n" + get)
                    let answers = try connection.answers(2)
                    #expect(answers.map(\.status) == [409, 500])
                    #expect(answers[0].text.contains(#""detail":"say \"when\"\u000a""#))
                    #expect(!answers[1].text.contains("Secret"))
                    let problem = try JSONDecoder().decode([String: Mixed].self, from: Data(answers[1].body))
                    #expect(problem["instance"]?.text == answers[1].fields[.requestID])
                }
            }
            #expect(log.lines.contains { $0.level == .error && $0.metadata["error"]?.contains("Secret") == true })
        }

        private struct Mixed: Decodable {
            var text: String?

            init(from decoder: any Decoder) throws {
                text = try? decoder.singleValueContainer().decode(String.self)
            }
        }

        @Test func bodiesOverTheHandlersBound() async throws {
            let handler: Handler = { request in
                HTTPServerResponse(body: .bytes(try await request.body.collect(upTo: 10)))
            }
            try await withServer(handler: handler) { port in
                try await onThread {
                    let connection = try RawConnection(port)
                    try connection.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n0123456789")
                    #expect(try connection.answers(1).first?.status == 200)
                    // Announced: told at once, and the rest is dropped, so that the connection goes on.
                    try connection.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n")
                    #expect(try connection.answers(1).first?.status == 413)
                    try connection.send("01234567890")
                    try connection.send(
                        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n01234567890\r\n0\r\n\r\n")
                    #expect(try connection.answers(1).first?.status == 413)
                }
            }
        }

        @Test func continueOnlyWhenTheBodyIsRead() async throws {
            let handler: Handler = { request in
                if request.path == "/read" {
                    return HTTPServerResponse(body: .bytes(try await request.body.collect(upTo: 9)))
                }
                return HTTPServerResponse(status: .unauthorized)
            }
            try await withServer(handler: handler) { port in
                try await onThread {
                    let head = " HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"
                    var connection = try RawConnection(port)
                    try connection.send("POST /read" + head)
                    let interim = String(decoding: try connection.socket.read(idleSeconds: 10), as: UTF8.self)
                    #expect(interim == "HTTP/1.1 100 Continue\r\n\r\n")
                    try connection.send("hi")
                    #expect(try connection.answers(1).first?.text == "hi")

                    connection = try RawConnection(port)
                    try connection.send("POST /refuse" + head)
                    let text = String(decoding: try connection.socket.read(idleSeconds: 10), as: UTF8.self)
                    #expect(text.hasPrefix("HTTP/1.1 401"))
                    #expect(text.contains("Connection: close"))
                }
            }
        }

        @Test func oneConnectionTooMany() async throws {
            try await withServer(.with { $0.limits.connections = 2 }, handler: echo) { port in
                try await onThread {
                    let connections = try (0..<2).map { _ in try RawConnection(port) }
                    for connection in connections {
                        try connection.send(get)
                        #expect(try connection.answers(1).first?.status == 200)
                    }
                    let answer = try #require(try RawConnection(port).answers().first)
                    #expect(answer.status == 503)
                    #expect(answer.fields[.retryAfter] == "1")
                    // Those that are in stay in.
                    try connections[0].send(get)
                    #expect(try connections[0].answers(1).first?.status == 200)
                    // More than may be told at one time, but one after the other.
                    for _ in 0..<100 { #expect(try RawConnection(port).answers().first?.status == 503) }
                    // Who leaves makes room: the server closes once it has seen the end.
                    connections[1].finishSending()
                    #expect(connections[1].isClosed())
                    let next = try RawConnection(port)
                    try next.send(get)
                    #expect(try next.answers(1).first?.status == 200)
                }
            }
        }

        @Test func aRefusedClientSeesTheAnswerAndNoReset() async throws {
            try await withServer(handler: echo) { port in
                try await onThread {
                    let connection = try RawConnection(port)
                    // More than the server reads before it has found the fault.
                    try connection.send("bad\r\n" + String(repeating: "x", count: 200_000))
                    let answers = try connection.answers()
                    #expect(answers.map(\.status) == [400])
                }
            }
        }

        @Test func timeoutsOverASocket() async throws {
            let configuration = ServerConfiguration.with {
                $0.timeouts.headSeconds = 0.1
                $0.timeouts.firstByteSeconds = 0.1
                $0.timeouts.keepAliveSeconds = 0.1
            }
            try await withServer(configuration, handler: echo) { port in
                try await onThread {
                    let slow = try RawConnection(port)
                    try slow.send("GET / HT")
                    #expect(try slow.answers().map(\.status) == [408])
                    let silent = try RawConnection(port)
                    #expect(try silent.answers().isEmpty)
                    let idle = try RawConnection(port)
                    try idle.send(get)
                    #expect(try idle.answers().map(\.status) == [200])
                }
            }
        }

        /// Long before it is cancelled: a client that still reads is to have its answer.
        @Test func aHandlerIsToldThatItsClientHasLeft() async throws {
            let (begun, told) = (Gate(), Gate())
            let handler: Handler = { request in
                #expect(!request.clientHasLeft)
                begun.open()
                while !request.clientHasLeft { await Task.yield() }
                #expect(!Task.isCancelled)
                told.open()
                return HTTPServerResponse()
            }
            try await withServer(.with { $0.timeouts.departureSeconds = 60 }, handler: handler) { port in
                let connection = try await onThread {
                    let connection = try RawConnection(port)
                    try connection.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                    return connection
                }
                await begun.wait()
                connection.socket.disconnect()
                await told.wait()
            }
        }

        @Test func theHandlerOfAClientThatLeavesIsCancelled() async throws {
            let (begun, cancelled) = (Gate(), Gate())
            let handler: Handler = { _ in
                begun.open()
                await Gate().waitUnlessCancelled()
                if Task.isCancelled { cancelled.open() }
                return HTTPServerResponse()
            }
            let log = LogRecorder()
            try await withServer(.with { $0.timeouts.departureSeconds = 0.1 }, log: log, handler: handler) { port in
                let connection = try await onThread {
                    let connection = try RawConnection(port)
                    try connection.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                    return connection
                }
                await begun.wait()
                connection.socket.disconnect()
                await cancelled.wait()
            }
            #expect(log.requests.count == 1)
        }
    }
}
