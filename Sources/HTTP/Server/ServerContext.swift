import HTTPTypes
import Locks
import Logging
import Synchronization

/// What every connection of a server shares.
final class ServerContext: Sendable {
    enum Admission {
        case welcome
        /// One too many, but it shall be told why.
        case turnedAway
    }

    private struct Count {
        var welcome = 0
        var turnedAway = 0
        var byNetwork: [UInt64: Int] = [:]
    }

    /// Connections over the bound that are told so at one time; beyond it they are closed without a word.
    private static let turnedAwayLimit = 64

    let configuration: ServerConfiguration
    let logger: Logger
    let handler: @Sendable (HTTPServerRequest) async throws -> HTTPServerResponse
    private let count = Guarded(Count())
    private let draining = Atomic(false)

    init(
        configuration: ServerConfiguration, logger: Logger,
        handler: @escaping @Sendable (HTTPServerRequest) async throws -> HTTPServerResponse
    ) {
        self.configuration = configuration
        self.logger = logger
        self.handler = handler
    }

    /// Whether a shutdown has begun; every answer asks.
    var isDraining: Bool { draining.load(ordering: .acquiring) }

    func beginDraining() { draining.store(true, ordering: .releasing) }

    /// Counts a new connection in; nil when it has to go at once.
    /// - Returns: with what to tell a client that is turned away.
    func admit(_ peer: Peer) -> (Admission, refusal: HTTPError?)? {
        let limits = configuration.limits
        return count.withLock { count in
            let refusal: HTTPError
            if count.welcome >= limits.connections {
                refusal = HTTPError(.serviceUnavailable, "Too many connections are open; try again in a moment.")
            } else if let network = peer.network, count.byNetwork[network, default: 0] >= limits.connectionsPerClient {
                refusal = HTTPError(
                    .tooManyRequests,
                    "Your address has \(limits.connectionsPerClient) connections open; close some, or use them again.")
            } else {
                count.welcome += 1
                if let network = peer.network { count.byNetwork[network, default: 0] += 1 }
                return (.welcome, nil)
            }
            guard count.turnedAway < Self.turnedAwayLimit else { return nil }
            count.turnedAway += 1
            return (.turnedAway, refusal)
        }
    }

    func leave(_ admission: Admission, _ peer: Peer) {
        count.withLock { count in
            guard case .welcome = admission else {
                count.turnedAway -= 1
                return
            }
            count.welcome -= 1
            guard let network = peer.network, let left = count.byNetwork[network] else { return }
            count.byNetwork[network] = left > 1 ? left - 1 : nil
        }
    }
}
