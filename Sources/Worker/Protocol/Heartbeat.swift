import Foundation
import Logging

/// Keeps a lease alive from a thread of its own, so that a long step never loses it.
final class Heartbeat: Sendable {
    private let stopSignal = StopSignal()
    private let loss = StopSignal()
    private let ended = DispatchSemaphore(value: 0)

    /// The run is not this worker's any more.
    var isLost: Bool { loss.isStopped }

    /// Begins at once.
    init(_ run: Claim.Run, leaseSeconds: Double, configuration: WorkerConfiguration, logger: Logger) throws {
        let thread = Thread { [self] in
            defer { ended.signal() }
            // Another connection than the training's: an upload under way does not hold the heartbeat up.
            guard let server = try? ServerConnection(configuration, stopSignal: stopSignal, logger: logger) else { return }
            while !stopSignal.wait(.seconds(leaseSeconds / 4)) {
                do {
                    try server.heartbeat(run)
                } catch WorkerError.server(let detail) {
                    logger.warning("heartbeat failed", metadata: ["reason": "\(detail)"])
                } catch {
                    loss.stop()
                    return
                }
            }
        }
        thread.name = "heartbeat"
        thread.start()
    }

    /// Returns when the thread has ended.
    func end() {
        stopSignal.stop()
        ended.wait()
    }
}
