import Foundation

/// Wakes the claims that wait for work when some may have come.
actor Arrivals {
    private var waiting: [UUID: CheckedContinuation<Void, Never>] = [:]

    /// Something may be claimable now: every waiting claim looks again.
    func announce() {
        let woken = waiting
        waiting.removeAll()
        for continuation in woken.values { continuation.resume() }
    }

    /// Returns at the next announcement, after `limit`, or when the caller's task is cancelled.
    func wait(atMost limit: Duration) async {
        let id = UUID()
        let timer = Task {
            try? await Task.sleep(for: limit)
            wake(id)
        }
        defer { timer.cancel() }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                if Task.isCancelled { continuation.resume() } else { waiting[id] = continuation }
            }
        } onCancel: {
            Task { await self.wake(id) }
        }
    }

    private func wake(_ id: UUID) {
        waiting.removeValue(forKey: id)?.resume()
    }
}
