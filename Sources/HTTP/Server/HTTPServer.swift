import Glibc
import Locks
public import Logging

/// An HTTP/1.1 server over Dispatch.
///
/// A few event loops, each a serial queue, carry the connections; handlers run as tasks and come back to their
/// connection's loop. Start it once, shut it down once; a server that was started must be shut down.
public final class HTTPServer: Sendable {
    private struct Running {
        var listeners: [Listener]
        var door: TLSDoor?
    }

    private let context: ServerContext
    private let loops: [EventLoop]
    private let next = Guarded(0)
    private let running = Guarded<Running?>(nil)

    /// - Parameter handler: answers a request. An `HTTPError` it throws is answered as it says, any other error as a
    ///   bare 500. Its task is cancelled when the client leaves.
    public init(
        configuration: ServerConfiguration, logger: Logger,
        handler: @escaping @Sendable (HTTPServerRequest) async throws -> HTTPServerResponse
    ) {
        precondition(
            configuration.tls != nil || !configuration.endpoints.contains(where: \.usesTLS),
            "an endpoint with TLS needs a certificate")
        context = ServerContext(configuration: configuration, logger: logger, handler: handler)
        loops = (0..<max(1, configuration.eventLoops)).map { EventLoop(label: "http-loop-\($0)") }
        configuration.metrics?.watch(loops)
    }

    /// Listens.
    /// - Returns: the endpoints, with the ports that were found.
    /// - Throws: `ListenError`, or `TLSError` for a certificate or key that cannot be used; then nothing is listened on.
    @discardableResult public func start() throws -> [Endpoint] {
        let configuration = context.configuration
        let door = try configuration.tls.map { tls in
            try TLSDoor(tls, handshakeSeconds: configuration.timeouts.handshakeSeconds, logger: context.logger)
        }
        var sockets: [ListeningSocket] = []
        var bound: [Endpoint] = []
        var started: [EventLoop] = []
        do {
            for endpoint in configuration.endpoints {
                let opened = try ListeningSocket.open(endpoint, backlog: configuration.backlog)
                sockets += opened
                bound.append(opened[0].endpoint)
            }
            for loop in loops {
                try loop.start()
                started.append(loop)
            }
            try door?.open()
        } catch {
            for loop in started { loop.submit { loop.stop() } }
            for socket in sockets { socket.close() }
            throw error
        }
        let listeners = sockets.map { socket in
            Listener(
                socket: socket, loop: loops[0], logger: context.logger,
                adopt: { [weak self] accepted, peer, endpoint in
                    if let self { adopt(accepted, peer, endpoint.usesTLS ? door : nil) } else { close(accepted) }
                })
        }
        for listener in listeners { loops[0].submit { listener.start() } }
        running.withLock { $0 = Running(listeners: listeners, door: door) }
        return bound
    }

    /// Reads certificates and keys again, for the connections to come; those that stand go on.
    /// - Throws: `TLSError`; then the old ones stay in use.
    public func reloadCertificates() throws {
        try running.withLock(\.?.door)?.reload()
    }

    /// Stops listening, lets requests under way finish, and after `limit` cancels those that have not and closes their
    /// connections. Returns when every connection is closed; at once when the server was not started.
    public func shutdown(within limit: Duration) async {
        let running = running.withLock { running in
            defer { running = nil }
            return running
        }
        guard let running else { return }
        context.beginDraining()
        // First nobody comes in any more, then nobody is at the door; so no loop that is empty fills up again.
        await loops[0].run { for listener in running.listeners { listener.drain(force: true) } }
        await running.door?.shut()
        drain(force: false)
        let deadline = Task {
            try await Task.sleep(for: limit)
            drain(force: true)
        }
        for loop in loops {
            await withCheckedContinuation { continuation in
                loop.submit { loop.whenEmpty { continuation.resume() } }
            }
        }
        deadline.cancel()
        for loop in loops { await loop.run { loop.stop() } }
    }

    private func drain(force: Bool) {
        for loop in loops {
            loop.submit { for handler in loop.all { handler.drain(force: force) } }
        }
    }

    private func adopt(_ descriptor: Int32, _ peer: Peer, _ door: TLSDoor?) {
        guard let (admission, refusal) = context.admit(peer) else {
            close(descriptor)
            return
        }
        guard let door else {
            carry(.plain(descriptor), peer, admission, refusal)
            return
        }
        door.admit(descriptor, peer) { [self] transport, objection in
            if let transport {
                carry(transport, peer, admission, objection ?? refusal)
            } else {
                context.leave(admission, peer)
            }
        }
    }

    /// Deals the connection to the next loop.
    private func carry(
        _ transport: Transport, _ peer: Peer, _ admission: ServerContext.Admission, _ refusal: HTTPError?
    ) {
        let index = next.withLock { next in
            next = (next + 1) % loops.count
            return next
        }
        let connection = Connection(
            transport: transport, loop: loops[index], context: context, peer: peer, admission: admission)
        loops[index].submit { connection.open(refusal: refusal) }
    }
}
