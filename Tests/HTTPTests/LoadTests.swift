import Foundation
import HTTPTypes
import Locks
import Testing

@testable import HTTP

/// One after the other: some count what the whole process has open.
@Suite(.serialized) enum OverSockets {}

/// What is measured here is memory, descriptors and time.
extension OverSockets {
    @Suite struct LoadTests {
        /// Resident memory of this process, in bytes.
        private static func residentBytes() -> Int {
            let text = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
            let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
            return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
        }

        private static let transferBytes = 64 << 20
        /// Well under the transfer, well over what buffers and other tests take meanwhile.
        private static let allowedGrowth = 32 << 20

        @Test func longTransfersCostLittleMemory() async throws {
            try await withTemporaryFile { source in
                #expect(FileManager.default.createFile(atPath: source, contents: nil))
                let piece = Data((0..<(1 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) })
                let writing = try FileHandle(forWritingTo: URL(filePath: source))
                for _ in 0..<(Self.transferBytes >> 20) { try writing.write(contentsOf: piece) }
                try writing.close()

                let highest = Guarded(0)
                @Sendable func sample() { highest.withLock { $0 = max($0, Self.residentBytes()) } }
                let handler: Handler = { request in
                    let stored = source + ".stored"
                    if request.method == .get { return HTTPServerResponse(body: .file(path: stored)) }
                    guard FileManager.default.createFile(atPath: stored, contents: nil) else {
                        throw HTTPError(.internalServerError, stored)
                    }
                    let file = try FileHandle(forWritingTo: URL(filePath: stored))
                    for try await chunk in request.body {
                        try file.write(contentsOf: chunk)
                        sample()
                    }
                    try file.close()
                    return HTTPServerResponse(status: .noContent)
                }
                try await withServer(handler: handler) { port in
                    let client = try HTTPClient(server: "http://127.0.0.1:\(port)")
                    let before = Self.residentBytes()
                    let up = try await onThread { try client.send(.put, "/", body: .file(source)) }
                    #expect(up.status == .noContent)
                    let down = try await onThread { try client.send(.get, "/", savingTo: source + ".back") }
                    #expect(down.status == .ok)
                    #expect(down.body.isEmpty)
                    sample()
                    #expect(highest.withLock { $0 } - before < Self.allowedGrowth)
                }
                #expect(FileManager.default.contentsEqual(atPath: source, andPath: source + ".back"))
            }
        }

        @Test func aHandlerThatDoesNotReadStopsTheClient() async throws {
            let (mayRead, total) = (Gate(), 20 << 20)
            let handler: Handler = { request in
                await mayRead.wait()
                var count = 0
                for try await chunk in request.body { count += chunk.count }
                return HTTPServerResponse(body: .bytes(Array("\(count)".utf8)))
            }
            try await withServer(handler: handler) { port in
                let connection = try await onThread {
                    let connection = try RawConnection(port)
                    try connection.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \(total)\r\n\r\n")
                    return connection
                }
                let zeros = [UInt8](repeating: 0, count: total)
                // The server and the kernel's buffers take some, then nothing moves.
                let taken = await onThreadCount { sent in
                    _ = try connection.socket.write(zeros, idleSeconds: 0.5, sent: &sent)
                }
                #expect(taken < total)
                mayRead.open()
                let answer = try await onThread {
                    try connection.send(Array(zeros.dropFirst(taken)))
                    return try connection.answers(1).first
                }
                #expect(answer?.text == "\(total)")
            }
        }

        private func onThreadCount(_ body: @escaping @Sendable (inout Int) throws -> Void) async -> Int {
            let count = try? await onThread {
                var sent = 0
                try? body(&sent)
                return sent
            }
            return count ?? 0
        }

        @Test func aStreamWaitsForItsReader() async throws {
            let total = 24 << 20
            let piece = [UInt8](repeating: 7, count: 64 << 10)
            let begun = Gate()
            let finished = DispatchSemaphore(value: 0)
            let handler: Handler = { _ in
                HTTPServerResponse(
                    body: .stream { writer in
                        begun.open()
                        for _ in 0..<(total / piece.count) { try await writer.write(piece) }
                        finished.signal()
                    })
            }
            try await withServer(handler: handler) { port in
                let connection = try await onThread {
                    let connection = try RawConnection(port)
                    try connection.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                    return connection
                }
                await begun.wait()
                // Nobody reads: the stream fills the kernel's buffers, then stands still.
                let ended = try await onThread { finished.wait(timeout: .now() + 0.5) }
                #expect(ended == .timedOut)
                let answer = try await onThread { try connection.answers(1).first }
                #expect(answer?.body.count == total)
            }
        }

        @Test func sixtyFourClientsAtOnce() async throws {
            let handler: Handler = { request in
                HTTPServerResponse(
                    body: .bytes(Array(request.path.utf8) + (try await request.body.collect(upTo: 1 << 20))))
            }
            let log = LogRecorder()
            try await withServer(log: log, handler: handler) { port in
                try await withThrowingTaskGroup(of: Int.self) { group in
                    for number in 0..<64 {
                        group.addTask {
                            try await onThread {
                                let client = try HTTPClient(server: "http://127.0.0.1:\(port)")
                                let body = [UInt8](repeating: UInt8(number), count: number * 1000)
                                var good = 0
                                for turn in 0..<20 {
                                    let answer = try client.send(.post, "/\(number)/\(turn)", body: body)
                                    if answer.body == Array("/\(number)/\(turn)".utf8) + body { good += 1 }
                                }
                                return good
                            }
                        }
                    }
                    for try await good in group { #expect(good == 20) }
                }
            }
            #expect(log.requests.count == 64 * 20)
        }

        @Test func startAndStopFiftyTimes() async throws {
            let before = try Self.openDescriptors()
            for _ in 0..<50 {
                try await withServer(handler: empty) { port in
                    let client = try HTTPClient(server: "http://127.0.0.1:\(port)")
                    #expect(try await onThread { try client.send(.get, "/") }.status == .ok)
                }
            }
            // What the last one has open may be closed a moment after its end.
            #expect(try Self.openDescriptors() - before < 20)
        }

        private static func openDescriptors() throws -> Int {
            try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
        }

        @Test func shutdownLetsRequestsFinish() async throws {
            let (begun, finish) = (Gate(), Gate())
            var configuration = ServerConfiguration()
            configuration.eventLoops = 2
            let server = HTTPServer(configuration: configuration, logger: LogRecorder().logger) { _ in
                begun.open()
                await finish.wait()
                return HTTPServerResponse(body: .bytes(Array("done".utf8)))
            }
            let port = try #require(try server.start().first?.port)
            let client = try HTTPClient(server: "http://127.0.0.1:\(port)")
            let idle = try await onThread { try RawConnection(port) }
            async let answer = onThread { try client.send(.get, "/") }
            await begun.wait()
            async let ended: Void = server.shutdown(within: .seconds(30))
            // The idle connection goes at once, while the request still runs.
            #expect(try await onThread { idle.isClosed() })
            finish.open()
            let whole = try await answer
            #expect(whole.body == Array("done".utf8))
            #expect(whole.headers[.connection] == "close")
            await ended
            await #expect(throws: HTTPClientError.self) { try await onThread { try client.send(.get, "/") } }
        }

        /// The handler holds the loop's own thread, so the shutdown cannot come round to the connection before its answer.
        @Test func anAnswerAfterAShutdownBeganEndsItsConnection() async throws {
            let begun = Gate()
            let leave = DispatchSemaphore(value: 0)
            @Sendable func hold() { leave.wait() }
            var configuration = ServerConfiguration()
            configuration.eventLoops = 2
            configuration.handlerPlacement = .loop
            let server = HTTPServer(configuration: configuration, logger: LogRecorder().logger) { _ in
                begun.open()
                hold()
                return HTTPServerResponse(body: .bytes(Array("done".utf8)))
            }
            let port = try #require(try server.start().first?.port)
            // The first connection is the second loop's, where no listener is, and the next the first loop's.
            let client = try HTTPClient(server: "http://127.0.0.1:\(port)")
            async let answer = onThread { try client.send(.get, "/") }
            await begun.wait()
            let idle = try await onThread { try RawConnection(port) }
            async let ended: Void = server.shutdown(within: .seconds(30))
            // The shutdown has begun once the idle connection is gone.
            #expect(try await onThread { idle.isClosed() })
            leave.signal()
            #expect(try await answer.headers[.connection] == "close")
            await ended
        }

        @Test func shutdownCancelsWhatDoesNotFinish() async throws {
            let (begun, cancelled) = (Gate(), Gate())
            let server = HTTPServer(configuration: ServerConfiguration(), logger: LogRecorder().logger) { _ in
                begun.open()
                await Gate().waitUnlessCancelled()
                if Task.isCancelled { cancelled.open() }
                return HTTPServerResponse()
            }
            let client = try HTTPClient(server: "\(try server.start()[0])")
            async let error = #expect(throws: HTTPClientError.self) {
                try await onThread { try client.send(.get, "/") }
            }
            await begun.wait()
            await server.shutdown(within: .milliseconds(50))
            await cancelled.wait()
            #expect(await error?.reason == .broken)
        }

        @Test func aServerThatWasNeverStartedCanGo() async throws {
            let server = HTTPServer(configuration: ServerConfiguration(), logger: LogRecorder().logger) { _ in
                HTTPServerResponse()
            }
            await server.shutdown(within: .zero)
        }
    }
}
