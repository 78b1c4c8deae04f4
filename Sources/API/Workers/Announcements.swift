import Foundation

/// Wakes those who wait for something to change. What is announced between a look and the wait for more is not lost:
/// the wait names the count that was read before the look.
///
/// `@unchecked Sendable`: the state is touched under the lock alone.
final class Announcements: @unchecked Sendable {
    private let lock = NSLock()
    private var made = 0
    private var hasEnded = false
    private var waiting: [UUID: CheckedContinuation<Void, Never>] = [:]

    /// Announcements so far.
    var count: Int { lock.withLock { made } }

    /// The server is about to stop: no wait lasts any more.
    var isOver: Bool { lock.withLock { hasEnded } }

    /// Everyone who waits looks again.
    func announce() { wakeAll { made += 1 } }

    func end() { wakeAll { hasEnded = true } }

    /// Returns once there are more than `count` announcements, after `limit`, at the end, or when the caller's task is
    /// cancelled.
    func wait(past count: Int, atMost limit: Duration) async {
        let id = UUID()
        let timer = Task {
            try? await Task.sleep(for: limit)
            wake(id)
        }
        defer { timer.cancel() }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isDue = lock.withLock {
                    if made > count || hasEnded || Task.isCancelled { return true }
                    waiting[id] = continuation
                    return false
                }
                if isDue { continuation.resume() }
            }
        } onCancel: {
            wake(id)
        }
    }

    private func wake(_ id: UUID) {
        lock.withLock { waiting.removeValue(forKey: id) }?.resume()
    }

    private func wakeAll(_ change: () -> Void) {
        let woken = lock.withLock {
            change()
            defer { waiting = [:] }
            return waiting
        }
        for continuation in woken.values { continuation.resume() }
    }
}
