import CSockets
import Glibc
import HTTPTypes
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
    /// - Throws: `ListenError` for a port that cannot be.
    public init(
        configuration: ServerConfiguration, logger: Logger,
        handler: @escaping @Sendable (HTTPServerRequest) async throws -> HTTPServerResponse
    ) throws {
        guard UInt16(exactly: configuration.port) != nil else {
            throw ListenError(host: configuration.host, port: configuration.port, code: ERANGE)
        }
        context = ServerContext(configuration: configuration, logger: logger, handler: handler)
        loops = (0..<max(1, configuration.eventLoops)).map(EventLoop.init(index:))
    }

    /// Listens.
    /// - Returns: the port.
    /// - Throws: `ListenError`.
    public func start() throws -> Int {
        let (descriptors, port) = try Listener.sockets(context.configuration)
        var started: [EventLoop] = []
        do {
            for loop in loops {
                try loop.start()
                started.append(loop)
            }
        } catch {
            for loop in started { loop.submit { loop.stop() } }
            for descriptor in descriptors { close(descriptor) }
            throw error
        }
        let listeners = descriptors.map { descriptor in
            Listener(
                descriptor: descriptor, loop: loops[0], logger: context.logger,
                adopt: { [weak self] accepted, address in
                    if let self { adopt(accepted, address) } else { close(accepted) }
                })
        }
        for listener in listeners { loops[0].submit { listener.start() } }
        self.listeners.withLock { $0 = listeners }
        return port
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

    private func adopt(_ descriptor: Int32, _ address: String) {
        guard let admission = context.admit() else {
            close(descriptor)
            return
        }
        let index = next.withLock { next in
            next = (next + 1) % loops.count
            return next
        }
        let connection = Connection(
            descriptor: descriptor, loop: loops[index], context: context, remoteAddress: address,
            admission: admission)
        loops[index].submit { connection.open() }
    }
}
