import Logging
import Synchronization

/// What every connection of a server shares.
final class ServerContext: Sendable {
    let configuration: ServerConfiguration
    let logger: Logger
    let handler: @Sendable (HTTPServerRequest) async throws -> HTTPServerResponse
    private let open = Mutex(0)

    init(
        configuration: ServerConfiguration, logger: Logger,
        handler: @escaping @Sendable (HTTPServerRequest) async throws -> HTTPServerResponse
    ) {
        self.configuration = configuration
        self.logger = logger
        self.handler = handler
    }

    /// Counts a new connection in, unless there are too many.
    func admit() -> Bool {
        open.withLock { count in
            guard count < configuration.limits.connections else { return false }
            count += 1
            return true
        }
    }

    func leave() { open.withLock { $0 -= 1 } }
}

enum RequestID {
    /// The client's where it is short and harmless in a log, else a random one.
    static func choose(_ offered: String?) -> String {
        if let offered, (1...64).contains(offered.utf8.count), offered.utf8.allSatisfy(isHarmless) { return offered }
        let number = UInt64.random(in: .min ... .max)
        return "req_" + String(number, radix: 36)
    }

    private static func isHarmless(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
