import Synchronization

/// When each run in training is given up. Times are those of a clock that nobody sets: were they the wall clock's, as
/// what the database shows is, setting it would take runs from workers that are well, or leave them with dead ones.
final class Leases: Sendable {
    struct Lease: Sendable, Hashable {
        var run: Int64
        var attempt: Int
        var end: Duration
        /// The worker has been heard of since its claim, and since the server was started. One that was not may never have got
        /// the run, or may have ended with the server: its loss says nothing of the run.
        var isTakenUp = false
    }

    private let current = Mutex<[Int64: Lease]>([:])

    /// Makes or renews a lease.
    func grant(_ lease: Lease) {
        current.withLock { $0[lease.run] = lease }
    }

    /// Its worker was heard of, otherwise than by a renewal.
    func takeUp(run: Int64, attempt: Int) {
        current.withLock { current in
            if current[run]?.attempt == attempt { current[run]?.isTakenUp = true }
        }
    }

    /// Those that ended before `time`, in order of their runs. What has become of the run the database says.
    func lapsed(before time: Duration) -> [Lease] {
        current.withLock { $0.values.filter { $0.end < time }.sorted { $0.run < $1.run } }
    }

    /// Runs whose lease has not ended by `time`.
    func count(at time: Duration) -> Int { current.withLock { $0.values.count { $0.end >= time } } }

    /// Forgets leases, unless they have been renewed since.
    func forget(_ leases: [Lease]) {
        current.withLock { current in
            for lease in leases where current[lease.run] == lease { current[lease.run] = nil }
        }
    }
}
