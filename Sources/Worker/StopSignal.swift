import Foundation

/// Tells a worker to stop, from any thread, and wakes it where it waits.
final class StopSignal: Sendable {
    private let condition = NSCondition()
    nonisolated(unsafe) private var isSet = false  // guarded by `condition`

    var isStopped: Bool {
        condition.lock()
        defer { condition.unlock() }
        return isSet
    }

    func stop() {
        condition.lock()
        isSet = true
        condition.broadcast()
        condition.unlock()
    }

    /// Waits that long, or until `stop()`.
    /// - Returns: whether it was stopped.
    func wait(_ duration: Duration) -> Bool {
        let limit = Date().addingTimeInterval(Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18)
        condition.lock()
        defer { condition.unlock() }
        while !isSet, condition.wait(until: limit) {}
        return isSet
    }
}
