import CSockets
import Glibc
import Logging

/// Accepts connections of one listening socket on one loop.
///
/// `@unchecked Sendable`: used on its loop's queue alone.
final class Listener: EventHandler, @unchecked Sendable {
    private let socket: ListeningSocket
    private let loop: EventLoop
    private let logger: Logger
    private let adopt: (Int32, Peer, Endpoint) -> Void
    private var key: UInt64?
    private var isResting = false
    private var hasComplained = false
    /// A descriptor to give up when the process has run out of them: then a waiting client can at least be refused,
    /// where otherwise the kernel would report it for ever.
    private var reserve: Int32

    /// - Parameter socket: closed by the listener in the end.
    init(socket: ListeningSocket, loop: EventLoop, logger: Logger, adopt: @escaping (Int32, Peer, Endpoint) -> Void) {
        self.socket = socket
        self.loop = loop
        self.logger = logger
        self.adopt = adopt
        reserve = Self.openReserve()
    }

    private var descriptor: Int32 { socket.descriptor }

    func start() {
        key = loop.register(descriptor, plateau_readable, self)
        if key == nil { end() }
    }

    func handle(_ events: UInt32) {
        var peer = plateau_peer()
        while true {
            let accepted = plateau_accept(descriptor, &peer)
            if accepted >= 0 {
                adopt(accepted, Peer(peer), socket.endpoint)
                continue
            }
            switch -accepted {
            case EINTR, ECONNABORTED: continue
            case EMFILE, ENFILE:
                complain()
                guard refuseOne() else {
                    rest()
                    return
                }
            case ENOBUFS, ENOMEM:
                complain()
                rest()
                return
            default: return
            }
        }
    }

    func tick(now: UInt64) {
        hasComplained = false
        guard isResting, let key else { return }
        isResting = false
        if reserve < 0 { reserve = Self.openReserve() }
        loop.change(descriptor, plateau_readable, key: key)
    }

    func drain(force: Bool) {
        guard let key else { return }
        self.key = nil
        loop.unregister(descriptor, key: key)
        end()
    }

    private func end() {
        socket.close()
        if reserve >= 0 { close(reserve) }
        reserve = -1
    }

    /// Takes one waiting client in on the reserve, only to close it.
    private func refuseOne() -> Bool {
        guard reserve >= 0 else { return false }
        close(reserve)
        var peer = plateau_peer()
        let accepted = plateau_accept(descriptor, &peer)
        if accepted >= 0 { close(accepted) }
        reserve = Self.openReserve()
        return accepted >= 0 && reserve >= 0
    }

    private func rest() {
        guard let key else { return }
        isResting = true
        loop.change(descriptor, 0, key: key)
    }

    /// Once a tick at most: a flood must not fill the log.
    private func complain() {
        guard !hasComplained else { return }
        hasComplained = true
        logger.error("out of file descriptors or memory for sockets: refusing connections; raise the limit (ulimit -n)")
    }

    private static func openReserve() -> Int32 { Glibc.open("/dev/null", O_RDONLY | O_CLOEXEC) }
}
