import Foundation
import HTTPTypes
import Locks
import Logging

@testable import HTTP

/// Runs blocking work on a thread of its own: the few threads that tasks share must stay free for the handlers.
func onThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Result { try body() }) }
    }
}

typealias Handler = @Sendable (HTTPServerRequest) async throws -> HTTPServerResponse

/// A server for one test, shut down at its end. Handlers run on its loops unless the test says otherwise.
func withServer<Value>(
    _ configuration: ServerConfiguration = .with { $0.handlerPlacement = .loop }, log: LogRecorder = LogRecorder(),
    handler: @escaping Handler, _ body: (Int) async throws -> Value
) async throws -> Value {
    let server = HTTPServer(configuration: configuration, logger: log.logger, handler: handler)
    let port = try server.start().lazy.compactMap(\.port).first ?? 0
    do {
        let value = try await body(port)
        await server.shutdown(within: .seconds(5))
        return value
    } catch {
        await server.shutdown(within: .zero)
        throw error
    }
}

extension ServerConfiguration {
    /// The defaults, but for what `change` says.
    static func with(_ change: (inout ServerConfiguration) -> Void) -> ServerConfiguration {
        var configuration = ServerConfiguration()
        change(&configuration)
        return configuration
    }
}

/// Answers 200 without content.
let empty: Handler = { _ in HTTPServerResponse() }

/// A connection on which a test says what it likes. Blocking: use on a thread.
///
/// `@unchecked Sendable`: used by one thread at a time, handed over between awaits.
final class RawConnection: @unchecked Sendable {
    let socket: ClientSocket
    /// What came after the last answer that was read.
    private(set) var rest: [UInt8] = []

    init(_ port: Int, host: String = "127.0.0.1") throws {
        socket = try ClientSocket()
        try socket.connect(.tcp(host: host, port: UInt16(port)), timeoutSeconds: 5)
    }

    init(unix path: String) throws {
        socket = try ClientSocket()
        try socket.connect(.unix(path: path), timeoutSeconds: 5)
    }

    init(tls port: Int, trust: TLSTrust) throws {
        socket = try ClientSocket()
        try socket.connect(.tcp(host: "127.0.0.1", port: UInt16(port)), timeoutSeconds: 5)
        try socket.secure(try TLSContext(trust), host: "127.0.0.1", timeoutSeconds: 5)
    }

    /// Sends as much as the server takes before it speaks.
    func send(_ text: String) throws { try send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) throws {
        var sent = 0
        _ = try? socket.write(bytes, idleSeconds: 60, sent: &sent)
    }

    /// Sends everything, taking in what the server says meanwhile.
    func sendWhole(_ bytes: [UInt8]) throws {
        var left = bytes[...]
        while !left.isEmpty {
            var sent = 0
            let isWhole = (try? socket.write(Array(left), idleSeconds: 60, sent: &sent)) ?? false
            left = left.dropFirst(sent)
            if isWhole { return }
            let more = try socket.read(idleSeconds: 60)
            if more.isEmpty { return }
            rest += more
        }
    }

    func finishSending() { socket.finishWriting() }

    /// The answers that come, until `count` are there or the connection ends.
    func answers(_ count: Int = .max, isHead: Bool = false) throws -> [Answer] {
        var answers: [Answer] = []
        while answers.count < count {
            var parser = ResponseParser(isHead: isHead, limit: 1 << 30)
            var answer = Answer()
            parser.feed(rest)
            rest = []
            reading: while true {
                while let event = try parser.next() {
                    switch event {
                    case .head(let status, let fields): (answer.status, answer.fields) = (status.code, fields)
                    case .body(let bytes): answer.body += bytes
                    case .trailers(let fields): answer.trailers = fields
                    case .end: break reading
                    }
                }
                let more = try socket.read(idleSeconds: 60)
                if more.isEmpty {
                    if parser.close() { answers.append(answer) }
                    return answers
                }
                parser.feed(more)
            }
            answers.append(answer)
            rest = parser.rest
        }
        return answers
    }

    /// What has come and is not read yet, or what comes next.
    func text() throws -> String {
        defer { rest = [] }
        return String(decoding: rest.isEmpty ? try socket.read(idleSeconds: 60) : rest, as: UTF8.self)
    }

    /// Whether the server has closed; waits for it.
    func isClosed() -> Bool { (try? socket.read(idleSeconds: 60))?.isEmpty ?? true }

    struct Answer: Sendable {
        var status = 0
        var fields = HTTPFields()
        var body: [UInt8] = []
        var trailers = HTTPFields()

        var text: String { String(decoding: body, as: UTF8.self) }
    }
}

/// Keeps what is logged.
final class LogRecorder: Sendable {
    struct Line: Sendable {
        var level: Logger.Level
        var message: String
        var metadata: [String: String]
    }

    private let state = Guarded<[Line]>([])

    var lines: [Line] { state.withLock { $0 } }

    var requests: [[String: String]] { lines.filter { $0.message == "request" }.map(\.metadata) }

    var logger: Logger {
        Logger(label: "test") { _ in Handler(recorder: self) }
    }

    private struct Handler: LogHandler {
        let recorder: LogRecorder
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        init(recorder: LogRecorder) { self.recorder = recorder }

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let text = (event.metadata ?? [:]).mapValues(\.description)
            recorder.state.withLock { $0.append(Line(level: event.level, message: "\(event.message)", metadata: text)) }
        }
    }
}

/// Opens once; tasks wait for it.
final class Gate: Sendable {
    private struct State {
        var isOpen = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Guarded(State())

    func open() {
        let waiting = state.withLock { state in
            state.isOpen = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    func wait() async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                if !state.isOpen { state.waiting.append(continuation) }
                return state.isOpen
            }
            if isOpen { continuation.resume() }
        }
    }

    /// Waits; opens for a cancelled task, too.
    func waitUnlessCancelled() async {
        await withTaskCancellationHandler {
            await wait()
        } onCancel: {
            open()
        }
    }
}

/// A path in a fresh folder, removed at the end.
func withTemporaryFile<Value>(_ body: (String) async throws -> Value) async throws -> Value {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try await body(folder.appending(path: "file").path)
}
