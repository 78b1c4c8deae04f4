import Glibc

/// Tells a worker to stop, from any thread, and wakes it where it waits.
///
/// On the monotonic clock, which Foundation's conditions do not offer: a heartbeat must not sleep through its lease
/// because someone set the time.
///
/// `@unchecked Sendable`: the flag is touched under the mutex alone.
final class StopSignal: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var isSet = false

    init() {
        mutex.initialize(to: pthread_mutex_t())
        condition.initialize(to: pthread_cond_t())
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        let codes = [pthread_mutex_init(mutex, nil), pthread_cond_init(condition, &attributes)]
        pthread_condattr_destroy(&attributes)
        precondition(codes == [0, 0], "pthread_mutex_init, pthread_cond_init: \(codes)")
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    var isStopped: Bool {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return isSet
    }

    func stop() {
        pthread_mutex_lock(mutex)
        isSet = true
        pthread_cond_broadcast(condition)
        pthread_mutex_unlock(mutex)
    }

    /// Waits that long, or until `stop()`.
    /// - Returns: whether it was stopped.
    func wait(_ duration: Duration) -> Bool {
        var limit = timespec()
        clock_gettime(CLOCK_MONOTONIC, &limit)
        let (seconds, attoseconds) = duration.components
        let nanoseconds = limit.tv_nsec + Int(attoseconds / 1_000_000_000)
        limit.tv_sec += Int(seconds) + nanoseconds / 1_000_000_000
        limit.tv_nsec = nanoseconds % 1_000_000_000
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while !isSet, pthread_cond_timedwait(condition, mutex, &limit) != ETIMEDOUT {}
        return isSet
    }
}
