import CSockets
import Glibc
import HTTPTypes
import Locks
import Logging

/// Where connections come in that speak TLS: handshakes, whose signatures take the processor for a millisecond each,
/// have a queue of their own, so that a flood of them does not hold up those who are in.
final class TLSDoor: Sendable {
    private let configuration: TLSConfiguration
    private let context: Guarded<TLSContext>
    private let loop = EventLoop(label: "tls-handshakes")
    private let handshakeSeconds: Double
    private let logger: Logger

    /// - Throws: `TLSError` for files that cannot be used.
    init(_ configuration: TLSConfiguration, handshakeSeconds: Double, logger: Logger) throws(TLSError) {
        self.configuration = configuration
        self.handshakeSeconds = handshakeSeconds
        self.logger = logger
        context = Guarded(try TLSContext(configuration))
        describe()
    }

    func open() throws(ListenError) { try loop.start() }

    /// Reads the files again; connections that stand are not touched.
    /// - Throws: `TLSError`; the old ones stay in use.
    func reload() throws(TLSError) {
        let new = try TLSContext(configuration)
        context.withLock { $0 = new }
        describe()
    }

    /// - Parameter entered: called on the loop of handshakes, with what the connection's bytes go over and, where the
    ///   client is to be told something instead of being served, what; or with nil, the descriptor being closed then.
    func admit(
        _ descriptor: Int32, _ peer: Peer, entered: @escaping @Sendable (Transport?, HTTPError?) -> Void
    ) {
        loop.submit { [self] in
            let context = context.withLock { $0 }
            let now = plateau_monotonic()
            context.renewTicketKeys(now: now)
            guard let stream = TLSStream(context, descriptor: descriptor) else {
                close(descriptor)
                entered(nil, nil)
                return
            }
            let deadline = now + UInt64(max(0, handshakeSeconds) * 1e9)
            let logger = logger
            let handshake = TLSHandshake(stream, loop: loop, deadline: deadline) { outcome in
                switch outcome {
                case .done(let stream): entered(.tls(stream), nil)
                case .notTLS: entered(.plain(descriptor), Self.notTLS)
                case .failed(let reason):
                    logger.info("TLS handshake failed", metadata: ["client": "\(peer.text)", "reason": "\(reason)"])
                    close(descriptor)
                    entered(nil, nil)
                case .givenUp:
                    close(descriptor)
                    entered(nil, nil)
                }
            }
            handshake.start()
        }
    }

    /// Gives up the handshakes under way. Returns when the last has gone; nobody may be admitted any more.
    func shut() async {
        await loop.run { [loop] in
            for handshake in loop.all { handshake.drain(force: true) }
            loop.stop()
        }
    }

    /// Ends what `open` began.
    func abandon() { loop.submit { [loop] in loop.stop() } }

    private static let notTLS = HTTPError(
        .badRequest, "This port speaks HTTPS and the request came as plain HTTP; write the address with https://.")

    private func describe() {
        guard let certificate = context.withLock(\.certificate) else { return }
        let metadata: Logger.Metadata = [
            "certificate": "\(configuration.certificateFile)", "subject": "\(certificate.subject)",
            "days_left": "\(certificate.daysLeft)",
        ]
        if certificate.daysLeft < 14 {
            logger.warning("the TLS certificate ends soon: renew it, then send SIGHUP", metadata: metadata)
        } else {
            logger.info("TLS certificate in use", metadata: metadata)
        }
    }
}
