import Foundation
import Logging

/// Keeps a lease alive from a thread of its own, so that a long step never loses it.
final class Heartbeat: Sendable {
    private let server: ServerConnection
    private let endSignal = StopSignal()
    private let loss = StopSignal()
    private let ended = StopSignal()

    /// The run is not this worker's any more.
    var isLost: Bool { loss.isStopped }

    /// Begins at once.
    /// - Throws: `WorkerError.server` when no connection can be prepared.
    init(_ run: Claim.Run, leaseSeconds: Double, configuration: WorkerConfiguration, logger: Logger) throws {
        let interval = leaseSeconds / 4
        // Another connection than the training's: an upload under way does not hold the heartbeat up. One that hangs
        // is given up in time for the next.
        server = try ServerConnection(configuration, stopSignal: endSignal, idleSeconds: interval, logger: logger)
        let thread = Thread { [self] in
            beat(run, every: .seconds(interval), logger)
            ended.stop()
        }
        thread.name = "heartbeat"
        thread.start()
    }

    /// Returns when the thread has ended.
    func end() {
        endSignal.stop()
        server.interrupt()
        while !ended.wait(.seconds(60)) {}
    }

    private func beat(_ run: Claim.Run, every interval: Duration, _ logger: Logger) {
        while !endSignal.wait(interval) {
            do {
                try server.heartbeat(run)
            } catch WorkerError.server(let detail) {
                logger.warning("heartbeat failed", metadata: ["reason": "\(detail)"])
            } catch WorkerError.stopped {
                return
            } catch {
                loss.stop()
                logger.notice("lease lost", metadata: ["reason": "\(error)"])
                return
            }
        }
    }
}
