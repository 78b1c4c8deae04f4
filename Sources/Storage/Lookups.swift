import Foundation
import GRDB

/// Connections for reads of a row or two by their keys, which run on the caller's thread: some ten microseconds from
/// the page cache, where the way to another thread and back takes twice as long.
///
/// `@unchecked Sendable`: the list is touched under the lock alone.
final class Lookups: @unchecked Sendable {
    /// As many as callers may be at it at once; a small page cache each.
    private static let width = 2

    private let lock = NSLock()
    private var free: [DatabaseQueue]

    /// - Parameter path: of a database that is open already.
    init(path: String) throws {
        var settings = GRDB.Configuration()
        settings.readonly = true
        settings.busyMode = .timeout(1)
        settings.prepareDatabase { database in try database.execute(sql: "PRAGMA cache_size = -512") }
        free = try (0..<Self.width).map { _ in try DatabaseQueue(path: path, configuration: settings) }
    }

    /// Those that are not in use; `read` then finds none.
    func close() throws {
        let closing = lock.withLock {
            defer { free = [] }
            return free
        }
        for queue in closing { try queue.close() }
    }

    /// - Returns: nil when every connection is in use.
    func read<Value: Sendable>(_ body: (Database) throws -> Value) throws -> Value? {
        guard let queue = lock.withLock({ free.popLast() }) else { return nil }
        defer { lock.withLock { free.append(queue) } }
        // No transaction around it: each statement sees one state of the database, and `body` makes do with that.
        return try queue.unsafeRead(body)
    }
}
