import CSockets
import Dispatch
import Foundation
import Logging

/// Accepts connections on one loop and hands them out to all.
///
/// `@unchecked Sendable`: used on its loop's queue alone.
final class Listener: EventHandler, @unchecked Sendable {
    private let descriptor: Int32
    private let loop: EventLoop
    private let logger: Logger
    private let adopt: (Int32, String) -> Void
    private var key: UInt64?
    private var isResting = false

    let port: Int

    init(
        configuration: ServerConfiguration, loop: EventLoop, logger: Logger,
        adopt: @escaping (Int32, String) -> Void
    ) throws {
        let descriptor = plateau_listen(configuration.host, UInt16(configuration.port), 1024)
        guard descriptor >= 0 else {
            throw ListenError(host: configuration.host, port: configuration.port, code: -descriptor)
        }
        self.descriptor = descriptor
        self.loop = loop
        self.logger = logger
        self.adopt = adopt
        port = Int(plateau_bound_port(descriptor))
    }

    func start() {
        key = loop.register(descriptor, plateau_readable, self)
    }

    func handle(_ events: UInt32) {
        var address = [CChar](repeating: 0, count: 64)
        while true {
            let accepted = plateau_accept(descriptor, &address, address.count)
            switch -accepted {
            case EAGAIN, EINTR, ECONNABORTED:
                return
            case EMFILE, ENFILE, ENOBUFS, ENOMEM:
                // The kernel would report the same connection again at once: rest until the next tick.
                logger.error("out of file descriptors: not accepting for a moment")
                if let key { loop.change(descriptor, 0, key: key) }
                isResting = true
                return
            default:
                guard accepted >= 0 else { return }
                let text = String(decoding: address.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
                adopt(accepted, text)
            }
        }
    }

    func tick(now: UInt64) {
        guard isResting, let key else { return }
        isResting = false
        loop.change(descriptor, plateau_readable, key: key)
    }

    func drain(force: Bool) {
        guard let key else { return }
        self.key = nil
        loop.unregister(descriptor, key: key)
        close(descriptor)
    }
}
