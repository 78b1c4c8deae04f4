import CSockets
import Glibc
public import Logging

/// An HTTP/1.1 server over Dispatch.
///
/// A few event loops, each a serial queue, carry the connections; handlers run as tasks and come back to their
/// connection's loop. Start it once, shut it down once; a server that was started must be shut down.
public final class HTTPServer: Sendable {
    private let context: ServerContext
    private let loops: [EventLoop]
    private let next = Guarded(0)
    private let listeners = Guarded<[Listener]?>(nil)

    /// - Parameter handler: answers a request. An `HTTPError` it throws is answered as it says, any other error as a
    ///   bare 500. Its task is cancelled when the client leaves.
    public init(
        configuration: ServerConfiguration, logger: Logger,
        handler: @escaping @Sendable (HTTPServerRequest) async throws -> HTTPServerResponse
    ) {
        context = ServerContext(configuration: configuration, logger: logger, handler: handler)
        loops = (0..<max(1, configuration.eventLoops)).map(EventLoop.init(index:))
    }

    /// Listens.
    /// - Returns: the endpoints, with the ports that were found.
    /// - Throws: `ListenError`; then nothing is listened on.
    @discardableResult public func start() throws -> [Endpoint] {
        var sockets: [ListeningSocket] = []
        var bound: [Endpoint] = []
        var started: [EventLoop] = []
        do {
            for endpoint in context.configuration.endpoints {
                let opened = try ListeningSocket.open(endpoint, backlog: context.configuration.backlog)
                sockets += opened
                bound.append(opened[0].endpoint)
            }
            for loop in loops {
                try loop.start()
                started.append(loop)
            }
        } catch {
            for loop in started { loop.submit { loop.stop() } }
            for socket in sockets { socket.close() }
            throw error
        }
        let listeners = sockets.map { socket in
            Listener(
                socket: socket, loop: loops[0], logger: context.logger,
                adopt: { [weak self] accepted, peer in
                    if let self { adopt(accepted, peer) } else { close(accepted) }
                })
        }
        for listener in listeners { loops[0].submit { listener.start() } }
        self.listeners.withLock { $0 = listeners }
        return bound
    }

    /// Stops listening, lets requests under way finish, and after `limit` cancels those that have not and closes their
    /// connections. Returns when every connection is closed; at once when the server was not started.
    public func shutdown(within limit: Duration) async {
        let listeners = listeners.withLock { listeners in
            defer { listeners = nil }
            return listeners
        }
        guard let listeners else { return }
        context.beginDraining()
        for listener in listeners { loops[0].submit { listener.drain(force: true) } }
        drain(force: false)
        let deadline = Task {
            try await Task.sleep(for: limit)
            drain(force: true)
        }
        // Loop 0 first: once it is empty no listener is left that could hand a connection to another.
        for loop in loops {
            await withCheckedContinuation { continuation in
                loop.submit { loop.whenEmpty { continuation.resume() } }
            }
        }
        deadline.cancel()
        for loop in loops {
            await withCheckedContinuation { continuation in
                loop.submit {
                    loop.stop()
                    continuation.resume()
                }
            }
        }
    }

    private func drain(force: Bool) {
        for loop in loops {
            loop.submit { for handler in loop.all { handler.drain(force: force) } }
        }
    }

    private func adopt(_ descriptor: Int32, _ peer: Peer) {
        guard let admission = context.admit(peer) else {
            close(descriptor)
            return
        }
        let index = next.withLock { next in
            next = (next + 1) % loops.count
            return next
        }
        let connection = Connection(
            transport: .plain(descriptor), loop: loops[index], context: context, peer: peer, admission: admission)
        loops[index].submit { connection.open() }
    }
}
