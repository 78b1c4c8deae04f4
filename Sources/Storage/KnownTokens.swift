import Foundation

/// Tokens that were looked up before, so that a request need not ask the database for what only this process changes.
/// Never holds more than the database has tokens.
///
/// `@unchecked Sendable`: the state is touched under the lock alone.
final class KnownTokens: @unchecked Sendable {
    private struct Entry {
        let hash: [UInt8]
        var token: TokenRecord
    }

    private let lock = NSLock()
    private var entries: [UInt64: Entry] = [:]
    /// Revocations and changes so far: what was read before one may not be kept after it.
    private var changes = 0

    /// - Parameter hash: SHA-256 of the secret; compared in a time that does not depend on where it differs.
    func find(_ hash: [UInt8]) -> TokenRecord? {
        lock.withLock {
            guard let entry = entries[Self.key(hash)], TokenSecret.areEqual(entry.hash, hash) else { return nil }
            return entry.token
        }
    }

    /// To be handed to `keep` with what is read from now on.
    var moment: Int { lock.withLock { changes } }

    func keep(_ token: TokenRecord, _ hash: [UInt8], since moment: Int) {
        lock.withLock {
            if moment == changes { entries[Self.key(hash)] = Entry(hash: hash, token: token) }
        }
    }

    /// Call when a revocation or a change is on disk, before it is answered.
    func forget(_ id: String) {
        lock.withLock {
            changes += 1
            entries = entries.filter { $0.value.token.id != id }
        }
    }

    private static func key(_ hash: [UInt8]) -> UInt64 { hash.prefix(8).reduce(0) { $0 << 8 | UInt64($1) } }
}
