import Logging

/// What every connection of a server shares.
final class ServerContext: Sendable {
    enum Admission {
        case welcome
        /// One too many, but it shall be told.
        case turnedAway
    }

    private struct Count {
        var welcome = 0
        var turnedAway = 0
        var isDraining = false
    }

    /// Connections over the bound that are told so at one time; beyond it they are closed without a word.
    private static let turnedAwayLimit = 64

    let configuration: ServerConfiguration
    let logger: Logger
    let handler: @Sendable (HTTPServerRequest) async throws -> HTTPServerResponse
    private let count = Guarded(Count())

    init(
        configuration: ServerConfiguration, logger: Logger,
        handler: @escaping @Sendable (HTTPServerRequest) async throws -> HTTPServerResponse
    ) {
        self.configuration = configuration
        self.logger = logger
        self.handler = handler
    }

    var isDraining: Bool { count.withLock(\.isDraining) }

    func beginDraining() { count.withLock { $0.isDraining = true } }

    /// Counts a new connection in; nil when it has to go at once.
    func admit() -> Admission? {
        count.withLock { count in
            if count.welcome < configuration.limits.connections {
                count.welcome += 1
                return .welcome
            }
            guard count.turnedAway < Self.turnedAwayLimit else { return nil }
            count.turnedAway += 1
            return .turnedAway
        }
    }

    func leave(_ admission: Admission) {
        count.withLock { count in
            switch admission {
            case .welcome: count.welcome -= 1
            case .turnedAway: count.turnedAway -= 1
            }
        }
    }
}
