import Foundation
import HTTPTypes
import Testing

@testable import HTTP

@Suite struct ServerSentEventTests {
    private func text(_ event: ServerSentEvent) -> String { String(decoding: event.bytes, as: UTF8.self) }

    @Test func fields() {
        #expect(text(.init(data: "a")) == "data: a\n\n")
        #expect(
            text(.init(id: "7", event: "epoch", data: "{}", retryMilliseconds: 2000))
                == "id: 7\nevent: epoch\nretry: 2000\ndata: {}\n\n")
        #expect(text(.init(data: "")) == "data: \n\n")
    }

    @Test func everyLineEndBeginsALine() {
        #expect(text(.init(data: "a\nb\r\nc\rd\n")) == "data: a\ndata: b\ndata: c\ndata: d\ndata: \n\n")
    }

    @Test func nothingCanBeSmuggledIn() {
        #expect(text(.init(id: "1\ndata: x", event: "a\r\n\r\nb", data: "")) == "id: 1data: x\nevent: ab\ndata: \n\n")
        #expect(text(.init(id: "1\0", data: "")) == "data: \n\n")
    }
}

extension OverSockets {
    @Suite struct EventStreamTests {
        private let get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

        /// Reads until `text` has come.
        private func read(_ connection: RawConnection, until text: String) throws -> String {
            var all: [UInt8] = []
            while true {
                let so = String(decoding: all, as: UTF8.self)
                if so.contains(text) { return so }
                let more = try connection.socket.read(idleSeconds: 10)
                guard !more.isEmpty else { return so }
                all += more
            }
        }

        @Test func eventsComeAsTheyAreSent() async throws {
            let more = Gate()
            let handler: Handler = { request in
                .events { feed in
                    feed.send(.init(id: "1", data: request.headers[.lastEventID] ?? "none"))
                    await more.wait()
                    feed.send(.init(id: "2", data: "last"))
                }
            }
            try await withServer(handler: handler) { port in
                let connection = try await onThread {
                    let connection = try RawConnection(port)
                    try connection.send("GET / HTTP/1.1\r\nHost: a\r\nLast-Event-ID: 41\r\n\r\n")
                    let head = try read(connection, until: "data: 41\n\n")
                    #expect(head.contains("Content-Type: text/event-stream\r\n"))
                    #expect(head.contains("Cache-Control: no-store\r\n"))
                    return connection
                }
                more.open()
                let rest = try await onThread { try read(connection, until: "0\r\n\r\n") }
                #expect(rest.contains("id: 2\ndata: last\n\n"))
                // The stream has ended as it should: the connection goes on.
                let again = try await onThread {
                    try connection.send(get)
                    return try read(connection, until: "data: none")
                }
                #expect(again.contains("200 OK"))
            }
        }

        @Test func silenceIsFilledWithComments() async throws {
            let handler: Handler = { _ in
                .events(heartbeat: .milliseconds(5)) { _ in await Gate().waitUnlessCancelled() }
            }
            try await withServer(handler: handler) { port in
                try await onThread {
                    let connection = try RawConnection(port)
                    try connection.send(get)
                    #expect(try read(connection, until: ":\n\n").contains(":\n\n"))
                    #expect(try read(connection, until: ":\n\n").contains(":\n\n"))
                }
            }
        }

        @Test(arguments: [HandlerPlacement.loop, .pool])
        func aReaderThatFallsBehindIsDropped(_ placement: HandlerPlacement) async throws {
            let (sent, dropped) = (Counter(), Gate())
            let bound = 16 * 1024
            let handler: Handler = { _ in
                .events(bufferBytes: bound) { feed in
                    // The producer never waits, but gives way to the rest of the loop.
                    let data = String(repeating: "x", count: 8000)
                    while feed.send(.init(data: data)) {
                        sent.add()
                        await Task.yield()
                    }
                    dropped.open()
                }
            }
            let (log, configuration) = (LogRecorder(), ServerConfiguration.with { $0.handlerPlacement = placement })
            try await withServer(configuration, log: log, handler: handler) { port in
                let connection = try await onThread {
                    let connection = try RawConnection(port)
                    try connection.send(get)
                    return connection
                }
                await dropped.wait()
                // What came before is followed by the connection's end, not by that of the stream.
                let ended = try await onThread {
                    var all = 0
                    while let more = try? connection.socket.read(idleSeconds: 10), !more.isEmpty { all += more.count }
                    return all
                }
                #expect(ended > 0)
            }
            #expect(log.lines.contains { $0.message.hasPrefix("dropped a client") })
            #expect(log.requests.map { $0["aborted"] } == ["true"])
        }

        @Test func aProducerThatAsksForRoomLosesNothing() async throws {
            let count = 3000
            let handler: Handler = { _ in
                .events(bufferBytes: 16 * 1024) { feed in
                    let data = String(repeating: "x", count: 1000)
                    for number in 1...count where await feed.waitForRoom() {
                        feed.send(.init(id: "\(number)", data: data))
                    }
                }
            }
            try await withServer(handler: handler) { port in
                let text = try await onThread {
                    let connection = try RawConnection(port)
                    try connection.send(get)
                    return try #require(try connection.answers(1).first).text
                }
                let ids = text.split(separator: "\n").filter { $0.hasPrefix("id: ") }
                #expect(ids.map { $0.dropFirst(4) } == (1...count).map { "\($0)" })
            }
        }

        @Test func shutdownEndsStreamsAtOnce() async throws {
            let server = HTTPServer(configuration: ServerConfiguration(), logger: LogRecorder().logger) { _ in
                .events { feed in
                    feed.send(.init(data: "first"))
                    await Gate().waitUnlessCancelled()
                }
            }
            let port = try #require(try server.start().first?.port)
            let connection = try await onThread {
                let connection = try RawConnection(port)
                try connection.send(get)
                _ = try read(connection, until: "first\n\n")
                return connection
            }
            // Far longer than the test may take: the stream is not waited for.
            await server.shutdown(within: .seconds(600))
            #expect(try await onThread { try read(connection, until: "0\r\n\r\n") }.hasSuffix("0\r\n\r\n"))
        }

        @Test func aProducerThatFailsBreaksTheStreamOff() async throws {
            struct Failure: Error {}
            let log = LogRecorder()
            let handler: Handler = { _ in
                .events { feed in
                    feed.send(.init(data: "first"))
                    throw Failure()
                }
            }
            try await withServer(log: log, handler: handler) { port in
                let text = try await onThread {
                    let connection = try RawConnection(port)
                    try connection.send(get)
                    return try read(connection, until: "0\r\n\r\n")
                }
                #expect(!text.hasSuffix("0\r\n\r\n"))
            }
            #expect(log.lines.contains { $0.message == "stream failed" })
        }

        @Test func aClientThatLeavesEndsTheProducer() async throws {
            let (begun, ended) = (Gate(), Gate())
            let handler: Handler = { _ in
                .events { _ in
                    begun.open()
                    await Gate().waitUnlessCancelled()
                    ended.open()
                }
            }
            try await withServer(handler: handler) { port in
                let connection = try await onThread {
                    let connection = try RawConnection(port)
                    try connection.send(get)
                    return connection
                }
                await begun.wait()
                connection.socket.disconnect()
                await ended.wait()
            }
        }
    }
}
