import Foundation
import HTTPTypes
import TestSupport
import Testing

@testable import HTTP

extension ServerConfiguration {
    /// One endpoint, with TLS.
    static func tls(_ pair: TestCertificates.Pair, _ change: (inout ServerConfiguration) -> Void = { _ in })
        -> ServerConfiguration
    {
        .with {
            $0.endpoints = [.tls("127.0.0.1", port: 0)]
            $0.tls = TLSConfiguration(certificateFile: pair.certificate, keyFile: pair.key)
            change(&$0)
        }
    }
}

extension TLSTrust {
    static func of(_ pair: TestCertificates.Pair) -> TLSTrust {
        var trust = TLSTrust()
        trust.caFile = pair.certificate
        return trust
    }
}

extension OverSockets {
    @Suite struct TLSTests {
        private let certificates: TestCertificates
        private let server: TestCertificates.Pair

        init() throws {
            certificates = try TestCertificates()
            server = try certificates.server()
        }

        private var trust: TLSTrust { .of(certificates.authority) }

        private func client(_ port: Int, host: String = "127.0.0.1", _ trust: TLSTrust? = nil) throws -> HTTPClient {
            try HTTPClient(server: "https://\(host):\(port)", trust: trust ?? self.trust)
        }

        private let echo: Handler = { request in
            HTTPServerResponse(body: .bytes(try await request.body.collect(upTo: 1 << 25)))
        }

        // MARK: - Content

        @Test func requestsOnOneConnection() async throws {
            try await withServer(.tls(server), handler: echo) { port in
                let texts = try await onThread {
                    let connection = try RawConnection(tls: port, trust: trust)
                    try connection.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\na")
                    var texts = try connection.answers(1).map(\.text)
                    // The tickets that came with the handshake are no news.
                    #expect(connection.socket.isUsable)
                    let second = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n"
                    try connection.send(second + "\r\nb" + second + "Connection: close\r\n\r\nc")
                    texts += try connection.answers(2).map(\.text)
                    // The end is told by TLS, else this would be an error.
                    #expect(try connection.socket.read(idleSeconds: 10).isEmpty)
                    return texts
                }
                #expect(texts == ["a", "b", "c"])
            }
        }

        @Test func largeBodiesBothWays() async throws {
            let bytes = (0..<(9 << 20) + 12_345).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 13) }
            try await withServer(.tls(server), handler: echo) { port in
                let client = try client(port)
                for _ in 0..<2 {
                    #expect(try await onThread { try client.send(.post, "/", body: bytes) }.body == bytes)
                }
            }
        }

        @Test func filesAndStreams() async throws {
            try await withTemporaryFile { path in
                let content = Data((0..<(5 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 5) })
                try content.write(to: URL(filePath: path))
                let handler: Handler = { request in
                    if request.path == "/file" { return HTTPServerResponse(body: .file(path: path)) }
                    return HTTPServerResponse(
                        body: .stream { writer in
                            for start in stride(from: 0, to: content.count, by: 70_000) {
                                try await writer.write(Array(content[start..<min(start + 70_000, content.count)]))
                            }
                        })
                }
                try await withServer(.tls(server), handler: handler) { port in
                    let client = try client(port)
                    for target in ["/file", "/stream"] {
                        #expect(try await onThread { try client.send(.get, target) }.body == Array(content))
                    }
                }
            }
        }

        @Test func aStreamThatBreaksOffCanBeTold() async throws {
            struct Broken: Error {}
            let handler: Handler = { request in
                HTTPServerResponse(
                    body: .stream { writer in
                        try await writer.write(Array("half".utf8))
                        if request.path == "/broken" { throw Broken() }
                    })
            }
            try await withServer(.tls(server), handler: handler) { port in
                // Nothing but the connection's end says where an HTTP/1.0 answer ends.
                @Sendable func read(_ path: String) async throws -> [UInt8] {
                    try await onThread {
                        let connection = try RawConnection(tls: port, trust: trust)
                        try connection.send("GET \(path) HTTP/1.0\r\n\r\n")
                        return try connection.answers(1)[0].body
                    }
                }
                let whole = try await read("/whole")
                #expect(whole == Array("half".utf8))
                await #expect(throws: ClientSocket.Failure.self) { try await read("/broken") }
            }
        }

        // MARK: - Whom the client trusts

        @Test func theClientChecksChainAndHost() async throws {
            try await withServer(.tls(server), handler: empty) { port in
                for host in ["127.0.0.1", "localhost"] {
                    let client = try client(port, host: host)
                    #expect(try await onThread { try client.send(.get, "/") }.status == .ok)
                }
                let stranger = try client(port, TLSTrust())
                #expect(await failure(stranger) == .untrusted)
            }
            let other = try certificates.server("other", names: "DNS:imaging.example,IP:192.0.2.1")
            try await withServer(.tls(other), handler: empty) { port in
                let client = try client(port)
                let error = await #expect(throws: HTTPClientError.self) {
                    try await onThread { try client.send(.get, "/") }
                }
                #expect(error?.reason == .untrusted)
                #expect(error?.description.contains("imaging.example") == true)
                #expect(error?.description.contains("not for 127.0.0.1") == true)
            }
        }

        @Test func aSelfSignedServerIsTrustedByName() async throws {
            let alone = try certificates.selfSigned()
            try await withServer(.tls(alone), handler: empty) { port in
                let stranger = try client(port)
                #expect(await failure(stranger) == .untrusted)
                let client = try client(port, .of(alone))
                #expect(try await onThread { try client.send(.get, "/") }.status == .ok)
            }
        }

        @Test func anExpiredServerIsNotTrusted() async throws {
            let old = try certificates.server("old", expired: true)
            let process = Process()
            let output = Pipe()
            process.executableURL = URL(filePath: "/usr/bin/env")
            process.arguments = [
                "openssl", "s_server", "-accept", "127.0.0.1:0", "-cert", old.certificate, "-key", old.key, "-www",
            ]
            process.standardOutput = output
            process.standardError = FileHandle.nullDevice
            try process.run()
            defer {
                // It inherits a mask that holds SIGTERM off.
                kill(process.processIdentifier, SIGKILL)
                process.waitUntilExit()
            }
            let port = try await onThread {
                var text = ""
                while true {
                    let piece = output.fileHandleForReading.availableData
                    text += String(decoding: piece, as: UTF8.self)
                    if let match = text.firstMatch(of: /ACCEPT 127\.0\.0\.1:(\d+)\n/) { return Int(match.1) ?? 0 }
                    try #require(!piece.isEmpty, "s_server said \(text)")
                }
            }
            let client = try client(port)
            let error = await #expect(throws: HTTPClientError.self) {
                try await onThread { try client.send(.get, "/") }
            }
            #expect(error?.reason == .untrusted)
            #expect(error?.description.contains("has expired") == true)
        }

        private func failure(_ client: HTTPClient) async -> HTTPClientError.Reason? {
            let error = await #expect(throws: HTTPClientError.self) {
                try await onThread { try client.send(.get, "/") }
            }
            return error?.reason
        }

        // MARK: - What is not TLS

        @Test(arguments: ["GET / HTTP/1.1\r\nHost: a\r\n\r\n", "DELETE /v1 HTTP/1.1\r\n", "\r\n"])
        func plainHTTPIsTold(_ request: String) async throws {
            try await withServer(.tls(server), handler: empty) { port in
                let answers = try await onThread {
                    let connection = try RawConnection(port)
                    try connection.send(request)
                    return try connection.answers()
                }
                #expect(answers.map(\.status) == [400])
                #expect(answers.first?.text.contains("https://") == true)
            }
        }

        @Test func aPlainServerIsTold() async throws {
            try await withServer(handler: empty) { port in
                let client = try client(port)
                let error = await #expect(throws: HTTPClientError.self) {
                    try await onThread { try client.send(.get, "/") }
                }
                #expect(error?.reason == .tlsFailed)
                #expect(error?.description.contains("http:// address") == true)
            }
        }

        @Test func whoSaysNothingGoes() async throws {
            let configuration = ServerConfiguration.tls(server) {
                $0.timeouts.handshakeSeconds = 0.05
                $0.limits.connections = 1
            }
            try await withServer(configuration, handler: empty) { port in
                for said in ["", "\u{16}\u{3}\u{1}"] {
                    let isClosed = try await onThread {
                        let connection = try RawConnection(port)
                        try connection.send(said)
                        return connection.isClosed()
                    }
                    #expect(isClosed)
                }
                // Its place is free again.
                let client = try client(port)
                #expect(try await onThread { try client.send(.get, "/") }.status == .ok)
            }
        }

        @Test func theOneTooManyIsToldOverTLS() async throws {
            let configuration = ServerConfiguration.tls(server) { $0.limits.connections = 1 }
            try await withServer(configuration, handler: empty) { port in
                let status = try await onThread {
                    let first = try RawConnection(tls: port, trust: trust)
                    let second = try RawConnection(tls: port, trust: trust)
                    defer { first.socket.disconnect() }
                    return try second.answers().map(\.status)
                }
                #expect(status == [503])
            }
        }

        // MARK: - The end

        @Test func shutdownLetsRequestsFinish() async throws {
            let (begun, finish) = (Gate(), Gate())
            let server = HTTPServer(configuration: .tls(server), logger: LogRecorder().logger) { _ in
                begun.open()
                await finish.wait()
                return HTTPServerResponse(body: .bytes(Array("done".utf8)))
            }
            let port = try #require(try server.start()[0].port)
            let client = try client(port)
            let (idle, shaking) = try await onThread {
                let shaking = try RawConnection(port)
                try shaking.send("\u{16}")
                return (try RawConnection(tls: port, trust: trust), shaking)
            }
            async let answer = onThread { try client.send(.get, "/") }
            await begun.wait()
            async let ended: Void = server.shutdown(within: .seconds(30))
            #expect(try await onThread { idle.isClosed() && shaking.isClosed() })
            finish.open()
            let whole = try await answer
            #expect(whole.body == Array("done".utf8))
            await ended
        }

        @Test func theHandlerOfAClientThatLeavesIsCancelled() async throws {
            let (begun, cancelled) = (Gate(), Gate())
            let handler: Handler = { _ in
                begun.open()
                await Gate().waitUnlessCancelled()
                if Task.isCancelled { cancelled.open() }
                return HTTPServerResponse()
            }
            let configuration = ServerConfiguration.tls(server) { $0.timeouts.departureSeconds = 0.1 }
            try await withServer(configuration, handler: handler) { port in
                let connection = try await onThread {
                    let connection = try RawConnection(tls: port, trust: trust)
                    try connection.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                    return connection
                }
                await begun.wait()
                // Says so and leaves its socket open: RFC 8446 §6.1.
                guard case .tls(let stream)? = connection.socket.transport else { return #expect(Bool(false)) }
                stream.finishSending()
                await cancelled.wait()
            }
        }
    }
}
