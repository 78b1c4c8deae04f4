import Locks

/// Workers that ask for work and have none. They are gone when they have not asked for a while.
final class WaitingWorkers: Sendable {
    /// Longer than the longest wait of a claim and the pause before the next.
    private static let patience = Duration.seconds(60)
    /// Names that are kept; whoever makes up more is not counted.
    private static let limit = 10_000

    private let asked = Guarded<[String: ContinuousClock.Instant]>([:])

    var count: Int {
        asked.withLock { asked in
            let now = ContinuousClock.now
            asked = asked.filter { now - $0.value < Self.patience }
            return asked.count
        }
    }

    func note(_ worker: String) {
        asked.withLock { asked in
            if asked[worker] != nil || asked.count < Self.limit { asked[worker] = .now }
        }
    }

    /// It has work now.
    func forget(_ worker: String) { asked.withLock { $0[worker] = nil } }
}
