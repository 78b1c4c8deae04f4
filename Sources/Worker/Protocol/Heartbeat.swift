import Foundation
import Logging

/// Keeps a lease alive from a thread of its own, so that a long step never loses it, and hears there what the server wants:
/// the answer to a heartbeat comes when the next is due, or as soon as there is an order.
final class Heartbeat: Sendable {
    private let server: ServerConnection
    private let endSignal = StopSignal()
    private let loss = StopSignal()
    private let pause = StopSignal()
    private let earlyEnd = StopSignal()
    private let ended = StopSignal()
    private let logger: Logger

    /// The longest that the protocol lets an answer wait.
    private static let longestWaitSeconds = 30.0

    /// The run is not this worker's any more.
    var isLost: Bool { loss.isStopped }

    /// The run is to be saved and handed back.
    var isPaused: Bool { pause.isStopped }

    /// The run is to end as it is.
    var isToStopEarly: Bool { earlyEnd.isStopped }

    /// Takes an order, from whichever answer it came with; what is not known is no order.
    func take(_ order: String?) {
        switch order {
        case "pause" where !isPaused:
            pause.stop()
            logger.info("to be paused")
        case "stop_early" where !isToStopEarly:
            earlyEnd.stop()
            logger.info("to be stopped early")
        default: break
        }
    }

    /// Begins at once.
    /// - Throws: `WorkerError.server` when no connection can be prepared.
    init(_ run: Claim.Run, leaseSeconds: Double, configuration: WorkerConfiguration, logger: Logger) throws {
        self.logger = logger
        let interval = leaseSeconds / 4
        let wait = min(interval, Self.longestWaitSeconds)
        // Another connection than the training's: an upload under way does not hold the heartbeat up. One that hangs
        // is given up while there is time for another within the lease.
        server = try ServerConnection(
            configuration, stopSignal: endSignal, idleSeconds: wait + interval, logger: logger)
        let thread = Thread { [self] in
            beat(run, every: .seconds(interval), wait: wait)
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

    private func beat(_ run: Claim.Run, every interval: Duration, wait: Double) {
        var next = ContinuousClock.now
        while !endSignal.wait(max(.zero, next - .now)) {
            next = .now + interval
            do {
                take(try server.heartbeat(run, waitSeconds: wait))
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
