import Foundation

/// The connection that waits for work, to be interrupted from other threads.
///
/// `@unchecked Sendable`: the property is guarded by the lock, and nothing but `interrupt()` is called across threads.
final class CurrentClaim: @unchecked Sendable {
    private let lock = NSLock()
    private var connection: ServerConnection?

    func begin(_ connection: ServerConnection) { lock.withLock { self.connection = connection } }

    func end() { lock.withLock { connection = nil } }

    func interrupt() { lock.withLock { connection?.interrupt() } }
}
