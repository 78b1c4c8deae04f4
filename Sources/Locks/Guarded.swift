import Glibc

/// A value behind a lock, for what more than one thread touches.
///
/// In place of `Synchronization.Mutex`, which Thread Sanitizer cannot see through on Linux (Swift 6.3): it reports every
/// use as a race, and a true one would drown.
///
/// `@unchecked Sendable`: the value is touched under the lock alone; nothing in it may be handed out that is not
/// Sendable itself.
package final class Guarded<Value>: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private var value: Value

    package init(_ value: Value) {
        self.value = value
        mutex.initialize(to: pthread_mutex_t())
        let code = pthread_mutex_init(mutex, nil)
        precondition(code == 0, "pthread_mutex_init: \(code)")
    }

    deinit {
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    package func withLock<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body(&value)
    }
}
