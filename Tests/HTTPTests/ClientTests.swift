import Foundation
import HTTPTypes
import Locks
import Testing

@testable import HTTP

extension OverSockets {
    @Suite struct ClientTests {
        private let ok: Handler = { request in
            HTTPServerResponse(body: .bytes(try await request.body.collect(upTo: 1 << 24)))
        }

        private func client(_ port: Int) throws -> HTTPClient { try HTTPClient(server: "http://127.0.0.1:\(port)") }

        @Test func oneConnectionForManyRequests() async throws {
            // A second connection would be turned away.
            try await withServer(.with { $0.limits.connections = 1 }, handler: ok) { port in
                let client = try client(port)
                for _ in 0..<10 {
                    let answer = try await onThread { try client.send(.post, "/", body: Array("hi".utf8)) }
                    #expect(answer.status == .ok)
                    #expect(answer.body == Array("hi".utf8))
                }
            }
        }

        @Test func reconnectsWhenTheServerWasRestarted() async throws {
            let client = Guarded<HTTPClient?>(nil)
            var port = 0
            for _ in 0..<3 {
                try await withServer(.with { $0.endpoints = [.tcp("127.0.0.1", port: port)] }, handler: ok) { bound in
                    port = bound
                    let one = try client.withLock { slot in
                        let one = try slot ?? self.client(bound)
                        slot = one
                        return one
                    }
                    #expect(try await onThread { try one.send(.post, "/", body: [1]) }.status == .ok)
                }
            }
        }

        /// A server that reads a request and hangs up, but answers on the connections after `failures`.
        private func withRudeServer<Value: Sendable>(
            closesAfterHead: Int, _ body: @escaping @Sendable (Int) throws -> Value
        ) async throws -> (Value, connections: Int) {
            let socket = try #require(try ListeningSocket.open(.tcp("127.0.0.1", port: 0), backlog: 8).first)
            let (listener, port) = (socket.descriptor, try #require(socket.endpoint.port))
            let (result, accepted) = try await onThread {
                let server = RudeServer(listener: listener, closesAfterHead: closesAfterHead)
                let thread = Thread { server.run() }
                thread.start()
                let result = Result { try body(port) }
                return (result, server.stop())
            }
            return (try result.get(), accepted)
        }

        @Test func aRequestThatMayBeRepeatedIsSentAgainOnce() async throws {
            let (status, connections) = try await withRudeServer(closesAfterHead: 2) { port in
                let client = try HTTPClient(server: "http://127.0.0.1:\(port)")
                #expect(try client.send(.get, "/").status == .ok)
                return try client.send(.get, "/").status
            }
            #expect(status == .ok)
            #expect(connections == 2)
        }

        @Test func aPostIsNotSentTwice() async throws {
            let (reason, connections) = try await withRudeServer(closesAfterHead: 2) { port in
                let client = try HTTPClient(server: "http://127.0.0.1:\(port)")
                #expect(try client.send(.get, "/").status == .ok)
                return #expect(throws: HTTPClientError.self) { try client.send(.post, "/", body: [1]) }?.reason
            }
            #expect(reason == .broken)
            #expect(connections == 1)
        }

        @Test func aFreshConnectionIsNotTriedTwice() async throws {
            let (reason, connections) = try await withRudeServer(closesAfterHead: 1) { port in
                let client = try HTTPClient(server: "http://127.0.0.1:\(port)")
                return #expect(throws: HTTPClientError.self) { try client.send(.get, "/") }?.reason
            }
            #expect(reason == .broken)
            #expect(connections == 1)
        }

        @Test func headersOfTheRequestWin() async throws {
            let handler: Handler = { request in
                let text =
                    request.headers[values: .accept].joined(separator: "|") + " " + (request.headers[.host] ?? "")
                return HTTPServerResponse(body: .bytes(Array(text.utf8)))
            }
            try await withServer(handler: handler) { port in
                let client = try HTTPClient(server: "http://localhost:\(port)/", headers: [.accept: "a"])
                let texts = try await onThread {
                    try [HTTPFields(), [.accept: "b"]].map {
                        String(decoding: try client.send(.get, "/", headers: $0).body, as: UTF8.self)
                    }
                }
                #expect(texts == ["a localhost:\(port)", "b localhost:\(port)"])
            }
        }

        @Test func addresses() throws {
            func reason(_ text: String) -> String? {
                do {
                    _ = try HTTPClient(server: text)
                    return nil
                } catch { return "\(error)" }
            }
            for good in [
                "http://a", "http://a:1/", "HTTP://[::1]:8080", "http://127.0.0.1:65535", "https://a", "unix:/a/b",
            ] {
                #expect(reason(good) == nil, "\(good)")
            }
            for bad in [
                "", "a:80", "http://", "http://:80", "http://a:0", "http://a:65536", "http://a:", "http://a/b",
                "ftp://a", "http://a b", "http://u@a", "https:a", "https://", "unix:", "unix:a",
                "unix:/" + String(repeating: "a", count: 107),
            ] {
                #expect(reason(bad)?.contains("not a usable address") == true, "\(bad)")
            }
            let client = try HTTPClient(server: "http://127.0.0.1:1")
            for bad in ["", "a", "/a b", "/\r\nX: y"] {
                #expect(throws: HTTPClientError.self) { try client.send(.get, bad) }
            }
        }

        @Test func nobodyThere() async throws {
            let port = try await withServer(handler: ok) { $0 }
            let client = try client(port)
            let error = await #expect(throws: HTTPClientError.self) {
                try await onThread { try client.send(.get, "/") }
            }
            #expect(error?.reason == .unreachable)
            #expect(error?.description.contains("http://127.0.0.1:\(port)") == true)
            #expect(error?.description.contains("Is the server running") == true)
        }

        @Test func aSilentServerTimesOut() async throws {
            let gate = Gate()
            let handler: Handler = { _ in
                await gate.waitUnlessCancelled()
                return HTTPServerResponse()
            }
            try await withServer(handler: handler) { port in
                var timeouts = HTTPClient.Timeouts()
                timeouts.idleSeconds = 0.1
                let client = try HTTPClient(server: "http://127.0.0.1:\(port)", timeouts: timeouts)
                let error = await #expect(throws: HTTPClientError.self) {
                    try await onThread { try client.send(.get, "/") }
                }
                #expect(error?.reason == .timedOut)
                gate.open()
            }
        }

        @Test func interruptionFromAnotherThread() async throws {
            let (begun, never) = (Gate(), Gate())
            let handler: Handler = { _ in
                begun.open()
                await never.waitUnlessCancelled()
                return HTTPServerResponse()
            }
            try await withServer(handler: handler) { port in
                let client = try client(port)
                async let error = #expect(throws: HTTPClientError.self) {
                    try await onThread { try client.send(.get, "/") }
                }
                await begun.wait()
                client.interrupt()
                #expect(await error?.reason == .interrupted)
                let later = await #expect(throws: HTTPClientError.self) {
                    try await onThread { try client.send(.get, "/") }
                }
                #expect(later?.reason == .interrupted)
                never.open()
            }
        }

        @Test func anAnswerOverTheBound() async throws {
            let handler: Handler = { _ in HTTPServerResponse(body: .bytes([1, 2, 3])) }
            try await withServer(handler: handler) { port in
                let client = try client(port)
                client.responseLimit = 2
                let error = await #expect(throws: HTTPClientError.self) {
                    try await onThread { try client.send(.get, "/") }
                }
                #expect(error?.reason == .badResponse)
            }
        }

        @Test func anEarlyAnswerStopsALongUpload() async throws {
            try await withServer(.with { $0.limits.bodyBytes = 1000 }, handler: ok) { port in
                let client = try client(port)
                let answer = try await onThread {
                    try client.send(.put, "/", body: [UInt8](repeating: 0, count: 32 << 20))
                }
                #expect(answer.status == .contentTooLarge)
                #expect(try await onThread { try client.send(.put, "/", body: [1]) }.status == .ok)
            }
        }

        @Test func filesThatCannotBe() async throws {
            try await withServer(handler: ok) { port in
                let client = try client(port)
                let unreadable = await #expect(throws: HTTPClientError.self) {
                    try await onThread { try client.send(.put, "/", body: .file("/no/such/file")) }
                }
                #expect(unreadable?.reason == .cannotReadFile)
                let unwritable = await #expect(throws: HTTPClientError.self) {
                    try await onThread { try client.send(.get, "/", savingTo: "/no/such/file") }
                }
                #expect(unwritable?.reason == .cannotWriteFile)
                #expect(try await onThread { try client.send(.get, "/") }.status == .ok)
            }
        }
    }
}
