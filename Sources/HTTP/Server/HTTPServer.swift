import CSockets
import Foundation
import HTTPTypes
public import Logging
import Synchronization

/// An HTTP/1.1 server over Dispatch.
///
/// A few event loops, each a serial queue, carry the connections; handlers run as tasks and come back to their
/// connection's loop. Start it once, shut it down once.
public final class HTTPServer: Sendable {
    private let context: ServerContext
    private let loops: [EventLoop]
    private let next = Mutex(0)
    private let listener = Mutex<Listener?>(nil)

    /// - Parameter handler: answers a request. An `HTTPError` it throws is answered as it says, any other error as a
    ///   bare 500. Its task is cancelled when the client leaves.
    public init(
        configuration: ServerConfiguration, logger: Logger,
        handler: @escaping @Sendable (HTTPServerRequest) async throws -> HTTPServerResponse
    ) throws {
        context = ServerContext(configuration: configuration, logger: logger, handler: handler)
        loops = try (0..<max(1, configuration.eventLoops)).map(EventLoop.init(index:))
    }

    /// Listens.
    /// - Returns: the port.
    /// - Throws: `ListenError`.
    public func start() throws -> Int {
        let listener = try Listener(
            configuration: context.configuration, loop: loops[0], logger: context.logger,
            adopt: { [weak self] descriptor, address in
                if let self { adopt(descriptor, address) } else { close(descriptor) }
            })
        for loop in loops { loop.start() }
        loops[0].queue.async { listener.start() }
        self.listener.withLock { $0 = listener }
        return listener.port
    }

    /// Stops listening, lets requests under way finish, and after `limit` ends those that have not.
    public func shutdown(within limit: Duration) async {
        let listener = listener.withLock { listener in
            defer { listener = nil }
            return listener
        }
        if let listener { loops[0].queue.async { listener.drain(force: true) } }
        drain(force: false)
        let deadline = Task {
            try await Task.sleep(for: limit)
            drain(force: true)
        }
        for loop in loops {
            await withCheckedContinuation { continuation in
                loop.queue.async { loop.whenEmpty { continuation.resume() } }
            }
            loop.queue.async { loop.stop() }
        }
        deadline.cancel()
    }

    private func drain(force: Bool) {
        for loop in loops {
            loop.queue.async { for handler in loop.all { handler.drain(force: force) } }
        }
    }

    private func adopt(_ descriptor: Int32, _ address: String) {
        guard context.admit() else {
            turnAway(descriptor)
            return
        }
        let index = next.withLock { next in
            next = (next + 1) % loops.count
            return next
        }
        let loop = loops[index]
        let connection = Connection(descriptor: descriptor, loop: loop, context: context, remoteAddress: address)
        loop.queue.async { connection.open() }
    }

    /// One connection too many: told so, as far as its socket takes it at once.
    private func turnAway(_ descriptor: Int32) {
        var response = HTTPServerResponse(
            HTTPError(.serviceUnavailable, "Too many connections are open; try again in a moment."), requestID: nil)
        response.headers[.retryAfter] = "1"
        if case .bytes(let body) = response.body {
            var date = DateHeader()
            let bytes = ResponseHead.bytes(
                response, contentLength: body.count, keepsAlive: false, requestID: RequestID.choose(nil),
                date: date.current()) + body
            _ = plateau_send(descriptor, bytes, bytes.count)
        }
        close(descriptor)
    }
}
