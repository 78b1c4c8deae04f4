import Foundation
import HTTPTypes
import Locks
import Testing

@testable import HTTP

extension OverSockets {
    /// Handlers on the loop and on the pool.
    @Suite struct HandlerPlacementTests {
        private let get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

        private static func configuration(_ placement: HandlerPlacement, loops: Int = 2) -> ServerConfiguration {
            .with {
                $0.handlerPlacement = placement
                $0.eventLoops = loops
                $0.limits.connections = 4096
            }
        }

        @Test(arguments: [HandlerPlacement.loop, .pool])
        func aThousandWaitingHandlersCostNoThreads(_ placement: HandlerPlacement) async throws {
            let restored = try Self.raiseDescriptorLimit()
            defer { Self.limitDescriptors(restored) }
            let (finish, begun) = (Gate(), Counter())
            let handler: Handler = { request in
                if request.path == "/" {
                    begun.add()
                    await finish.wait()
                }
                return HTTPServerResponse(body: .bytes(Array("done".utf8)))
            }
            try await withServer(Self.configuration(placement), handler: handler) { port in
                let before = try Self.threads()
                let connections = try await onThread {
                    try (0..<1000).map { _ in
                        let connection = try RawConnection(port)
                        try connection.send(get)
                        return connection
                    }
                }
                await begun.reaches(1000)
                #expect(try Self.threads() - before < 32)
                // Others are answered as ever.
                let client = try HTTPClient(server: "http://127.0.0.1:\(port)")
                #expect(try await onThread { try client.send(.get, "/other") }.body == Array("done".utf8))
                finish.open()
                let answers = try await onThread { try connections.flatMap { try $0.answers(1) } }
                #expect(answers.filter { $0.text == "done" }.count == 1000)
            }
        }

        @Test(arguments: [HandlerPlacement.loop, .pool])
        func manyRequestsAtOnceOnOneConnection(_ placement: HandlerPlacement) async throws {
            let handler: Handler = { request in HTTPServerResponse(body: .bytes(Array(request.path.utf8))) }
            try await withServer(Self.configuration(placement), handler: handler) { port in
                let answers = try await onThread {
                    let connection = try RawConnection(port)
                    let requests = (0..<1500).map { "GET /\($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined()
                    let writing = Thread { try? connection.send(requests) }
                    writing.start()
                    return try connection.answers(1500)
                }
                #expect(answers.map(\.text) == (0..<1500).map { "/\($0)" })
            }
        }

        @Test func onTheLoopNoOtherThreadIsAsked() async throws {
            let threads = Counter()
            let handler: Handler = { request in
                let here = pthread_self()
                // Suspends and comes back.
                await Task.yield()
                if pthread_equal(here, pthread_self()) != 0 { threads.add() }
                return HTTPServerResponse(body: .bytes(try await request.body.collect(upTo: 100)))
            }
            try await withServer(Self.configuration(.loop, loops: 1), handler: handler) { port in
                let client = try HTTPClient(server: "http://127.0.0.1:\(port)")
                for turn in 0..<50 {
                    let body = Array("\(turn)".utf8)
                    #expect(try await onThread { try client.send(.post, "/", body: body) }.body == body)
                }
            }
            #expect(threads.value == 50)
        }

        @Test func whatTakesLongCanLeaveTheLoop() async throws {
            let (begun, finish) = (Gate(), DispatchSemaphore(value: 0))
            @Sendable func block() { finish.wait() }
            let handler: Handler = { request in
                if request.path == "/long" {
                    await withTaskExecutorPreference(globalConcurrentExecutor) {
                        begun.open()
                        block()
                    }
                }
                return HTTPServerResponse(body: .bytes(Array(request.path.utf8)))
            }
            try await withServer(Self.configuration(.loop, loops: 1), handler: handler) { port in
                let client = try HTTPClient(server: "http://127.0.0.1:\(port)")
                async let long = onThread { try client.send(.get, "/long") }
                await begun.wait()
                let other = try HTTPClient(server: "http://127.0.0.1:\(port)")
                #expect(try await onThread { try other.send(.get, "/short") }.body == Array("/short".utf8))
                finish.signal()
                #expect(try await long.body == Array("/long".utf8))
            }
        }

        private static func threads() throws -> Int {
            try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task").count
        }

        private static func raiseDescriptorLimit() throws -> rlimit {
            var limit = rlimit()
            try #require(getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
            let restored = limit
            limit.rlim_cur = min(limit.rlim_max, 4096)
            limitDescriptors(limit)
            return restored
        }

        private static func limitDescriptors(_ limit: rlimit) {
            var limit = limit
            setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        }
    }
}

/// Counts, and lets tasks wait for a number.
final class Counter: Sendable {
    private struct State {
        var value = 0
        var waiting: [(Int, CheckedContinuation<Void, Never>)] = []
    }

    private let state = Guarded(State())

    var value: Int { state.withLock(\.value) }

    func add() {
        let due = state.withLock { state in
            state.value += 1
            let due = state.waiting.filter { $0.0 <= state.value }
            state.waiting.removeAll { $0.0 <= state.value }
            return due
        }
        for (_, continuation) in due { continuation.resume() }
    }

    func reaches(_ value: Int) async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if state.value < value { state.waiting.append((value, continuation)) }
                return state.value >= value
            }
            if isThere { continuation.resume() }
        }
    }
}
