import Synchronization

/// When each run in training is given up. Times are those of a clock that nobody sets: were they the wall clock's, as
/// what the database shows is, setting it would take runs from workers that are well, or leave them with dead ones.
final class Leases: Sendable {
    struct Lease: Sendable, Hashable {
        var run: Int64
        var attempt: Int
        var end: Duration
        /// Not renewed since the server was started: nobody can say whether the run or the server's own end cost its worker.
        var isInherited: Bool
    }

    private let current = Mutex<[Int64: Lease]>([:])

    /// Makes or renews a lease.
    func grant(run: Int64, attempt: Int, until end: Duration, isInherited: Bool = false) {
        current.withLock { $0[run] = Lease(run: run, attempt: attempt, end: end, isInherited: isInherited) }
    }

    /// Those that ended before `time`, in order of their runs. What has become of the run the database says.
    func lapsed(before time: Duration) -> [Lease] {
        current.withLock { $0.values.filter { $0.end < time }.sorted { $0.run < $1.run } }
    }

    /// Forgets leases, unless they have been renewed since.
    func forget(_ leases: [Lease]) {
        current.withLock { current in
            for lease in leases where current[lease.run] == lease { current[lease.run] = nil }
        }
    }
}
