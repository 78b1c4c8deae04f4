import Locks

/// When each run in training is given up. Times are those of a clock that nobody sets: were they the wall clock's, setting
/// it would take runs from workers that are well, or leave them with dead ones.
///
/// Nothing of it is on disk: after a start every run in training has a new lease, whatever its last one was.
final class Leases: Sendable {
    struct Lease: Sendable, Hashable {
        var run: Int64
        var attempt: Int
        var end: Duration
        /// The worker has been heard of since its claim, and since the server was started. One that was not may never have got
        /// the run, or may have ended with the server: its loss says nothing of the run.
        var isTakenUp = false
        /// It was found lapsed: the run is being taken back, and nothing renews it any more.
        var isOver = false
    }

    private let current = Guarded<[Int64: Lease]>([:])

    /// Makes a lease, for a new attempt or a new start of the server.
    func grant(_ lease: Lease) {
        current.withLock { $0[lease.run] = lease }
    }

    /// The worker was heard of.
    /// - Parameter end: no sooner than that.
    /// - Returns: whether the attempt still has the lease.
    func renew(run: Int64, attempt: Int, until end: Duration) -> Bool {
        current.withLock { current in
            guard var lease = current[run], lease.attempt == attempt, !lease.isOver else { return false }
            lease.end = max(lease.end, end)
            lease.isTakenUp = true
            current[run] = lease
            return true
        }
    }

    /// Its worker was heard of, otherwise than by a renewal.
    func takeUp(run: Int64, attempt: Int) {
        current.withLock { current in
            if current[run]?.attempt == attempt { current[run]?.isTakenUp = true }
        }
    }

    /// Whether some lease ended before `time`.
    func hasLapsed(before time: Duration) -> Bool { current.withLock { $0.values.contains { $0.end < time } } }

    /// Ends those that have lapsed before `time`, for good: a renewal that comes from now on is too late.
    /// - Returns: them, and those of earlier calls that were not forgotten, in order of their runs. What has become of the run
    ///   the database says.
    func end(before time: Duration) -> [Lease] {
        current.withLock { current in
            for (run, lease) in current where lease.end < time { current[run]?.isOver = true }
            return current.values.filter(\.isOver).sorted { $0.run < $1.run }
        }
    }

    /// Runs whose lease has not ended by `time`.
    func count(at time: Duration) -> Int { current.withLock { $0.values.count { $0.end >= time } } }

    /// Forgets leases that are over, unless the run has a new one.
    func forget(_ leases: [Lease]) {
        current.withLock { current in
            for lease in leases where current[lease.run]?.attempt == lease.attempt && current[lease.run]?.isOver == true
            {
                current[lease.run] = nil
            }
        }
    }
}
