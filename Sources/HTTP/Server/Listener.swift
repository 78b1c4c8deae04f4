import CSockets
import Glibc
import Logging

/// Accepts connections of one listening socket on one loop.
///
/// `@unchecked Sendable`: used on its loop's queue alone.
final class Listener: EventHandler, @unchecked Sendable {
    private let descriptor: Int32
    private let loop: EventLoop
    private let logger: Logger
    private let adopt: (Int32, String) -> Void
    private var key: UInt64?
    private var isResting = false
    private var hasComplained = false
    /// A descriptor to give up when the process has run out of them: then a waiting client can at least be refused,
    /// where otherwise the kernel would report it for ever.
    private var reserve: Int32

    /// - Parameter descriptor: a listening socket, which the listener closes in the end.
    init(descriptor: Int32, loop: EventLoop, logger: Logger, adopt: @escaping (Int32, String) -> Void) {
        self.descriptor = descriptor
        self.loop = loop
        self.logger = logger
        self.adopt = adopt
        reserve = Self.openReserve()
    }

    /// The listening sockets of a host, all on one port.
    static func sockets(_ configuration: ServerConfiguration) throws(ListenError) -> (descriptors: [Int32], port: Int) {
        func failure(_ code: Int32) -> ListenError {
            ListenError(host: configuration.host, port: configuration.port, code: code)
        }
        guard let port = UInt16(exactly: configuration.port) else { throw failure(ERANGE) }
        var descriptors = [Int32](repeating: -1, count: 16)
        let host = configuration.host
        let bare = host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
        let count = plateau_listen(bare, port, 1024, &descriptors, Int32(descriptors.count))
        guard count > 0 else { throw failure(-count) }
        return (Array(descriptors[..<Int(count)]), Int(plateau_bound_port(descriptors[0])))
    }

    func start() {
        key = loop.register(descriptor, plateau_readable, self)
        if key == nil { end() }
    }

    func handle(_ events: UInt32) {
        var address = [CChar](repeating: 0, count: 64)
        while true {
            let accepted = plateau_accept(descriptor, &address, address.count)
            if accepted >= 0 {
                let text = address.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
                adopt(accepted, String(decoding: text, as: UTF8.self))
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
        close(descriptor)
        if reserve >= 0 { close(reserve) }
        reserve = -1
    }

    /// Takes one waiting client in on the reserve, only to close it.
    private func refuseOne() -> Bool {
        guard reserve >= 0 else { return false }
        close(reserve)
        let accepted = plateau_accept(descriptor, nil, 0)
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
