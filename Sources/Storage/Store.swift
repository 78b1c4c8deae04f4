public import Foundation
import GRDB
import Locks
import Synchronization

/// The server's database: data sets, the queue of runs, learning curves, tokens, surrogates. One process opens it.
///
/// Everything that returns is on disk (`synchronous=FULL`). Methods throw `StorageError`.
public final class Store: Sendable {
    public struct Configuration: Sendable {
        /// The SQLite file; made when missing.
        public var path: String
        /// Wall clock; time stamps come from it.
        public var now: @Sendable () -> Date
        /// Source of ids and token secrets. The default is the system's secure generator.
        public var randomBytes: @Sendable (Int) -> [UInt8]
        /// A clock that nobody sets, from any beginning; leases come from it. It stands still while the machine sleeps, as
        /// its workers do.
        public var uptime: @Sendable () -> Duration
        /// In 0..<1, where a pause before the next attempt lies between its half and its whole. The default is random.
        public var jitter: @Sendable () -> Double
        /// How long a run that is in training when the store is opened goes on unheard: its worker may have outlived the
        /// server before. In seconds; the default is 20.
        public var graceSeconds: Double

        public init(
            path: String,
            now: @escaping @Sendable () -> Date = { Date() },
            randomBytes: @escaping @Sendable (Int) -> [UInt8] = { count in
                // Eight bytes at a time: each number is a call into the system.
                var generator = SystemRandomNumberGenerator()
                let words = (0..<(count + 7) / 8).map { _ in generator.next() }
                return words.withUnsafeBytes { Array($0.prefix(count)) }
            },
            uptime: (@Sendable () -> Duration)? = nil,
            jitter: @escaping @Sendable () -> Double = { Double.random(in: 0..<1) },
            graceSeconds: Double = 20
        ) {
            self.path = path
            self.now = now
            self.randomBytes = randomBytes
            self.uptime = uptime ?? { Self.start.duration(to: .now) }
            self.jitter = jitter
            self.graceSeconds = graceSeconds
        }

        private static let start = SuspendingClock.now
    }

    let pool: DatabasePool
    let commits: GroupCommit
    let lookups: Lookups
    let knownTokens = KnownTokens()
    let leases = Leases()
    private let writes = Atomic<Int>(0)
    private let counted = Guarded(StoreFigures())
    let configuration: Configuration
    let identifiers: Identifiers

    var now: Instant { Instant(configuration.now()) }

    /// Write transactions so far. What was read after this number was taken still holds while the number is the same:
    /// a write is counted before its caller learns that it is done.
    public var generation: Int { writes.load(ordering: .sequentiallyConsistent) }

    public var figures: StoreFigures { counted.withLock { $0 } }

    func count(_ change: (inout StoreFigures) -> Void) { counted.withLock { change(&$0) } }

    /// Opens the database, looks its pages over and brings its schema up to date.
    public init(_ configuration: Configuration) throws {
        self.configuration = configuration
        identifiers = Identifiers(randomBytes: configuration.randomBytes)
        var settings = GRDB.Configuration()
        settings.foreignKeysEnabled = true
        settings.busyMode = .timeout(10)
        settings.maximumReaderCount = 3
        settings.prepareDatabase { database in
            // A small page cache per connection: the working set is small and the server must be, too.
            try database.execute(sql: "PRAGMA cache_size = -1024")
        }
        do {
            pool = try DatabasePool(path: configuration.path, configuration: settings)
            try pool.writeWithoutTransaction { database in
                // DatabasePool sets its writer to NORMAL after prepareDatabase has run.
                try database.execute(sql: "PRAGMA synchronous = FULL")
                let level = try Int.fetchOne(database, sql: "PRAGMA synchronous")
                precondition(level == 2, "SQLite did not take synchronous=FULL")
                // Whoever's commit fills the log waits for it to be copied to the database, some 3 ms. A claim writes 15
                // pages: at the default, 1,000, that was one in 66, and with eight workers, of which all wait, still one in
                // a hundred at 4,000. The log grows to 32 MB.
                try database.execute(sql: "PRAGMA wal_autocheckpoint = 8000")
            }
            try Self.check(pool)
            try Self.migrate(pool, path: configuration.path)
            commits = GroupCommit(pool)
            lookups = try Lookups(path: configuration.path)
            let inTraining = try pool.read {
                try Row.fetchAll($0, sql: "SELECT seq, attempt FROM run WHERE state = 'running'")
            }
            let grace = configuration.uptime() + .seconds(configuration.graceSeconds)
            for row in inTraining {
                leases.grant(.init(run: row["seq"], attempt: row["attempt"], end: grace))
            }
        } catch let error as DatabaseError {
            if error.resultCode == .SQLITE_CANTOPEN {
                throw StorageError.cannotOpen(path: configuration.path, detail: error.message ?? "SQLite error 14")
            }
            throw StorageError(error, operation: "opening \(configuration.path)")
        }
    }

    /// A damaged page would else be found by whoever first needs it, after more has been written around it.
    private static func check(_ pool: DatabasePool) throws {
        let findings = try pool.read { try String.fetchAll($0, sql: "PRAGMA quick_check(3)") }
        guard findings == ["ok"] else {
            throw StorageError.corrupt(operation: "looking it over", detail: findings.joined(separator: "; "))
        }
    }

    private static func migrate(_ pool: DatabasePool, path: String) throws {
        let migrator = Migration.migrator
        let unknown = try pool.read { database -> [String] in
            guard try database.tableExists("grdb_migrations") else { return [] }
            let applied = try migrator.appliedIdentifiers(database)
            return applied.subtracting(migrator.migrations).sorted()
        }
        guard unknown.isEmpty else { throw StorageError.newerSchema(path: path, unknown: unknown) }
        try migrator.migrate(pool)
    }

    /// Puts all there is into the one file and closes it, so that a copy of it is whole. What is asked of the store after
    /// that fails.
    /// - Throws: `StorageError` where someone still reads; what was acknowledged is on disk all the same.
    public func close() throws {
        do {
            try lookups.close()
            try pool.writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
            try pool.close()
            // The pool closes its writer before its readers, and who may not write leaves the log where it is: it goes with
            // the last connection that may.
            let last = try DatabaseQueue(path: configuration.path)
            _ = try last.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM sqlite_master") }
            try last.close()
        } catch let error as DatabaseError {
            throw StorageError(error, operation: "closing the database")
        }
    }

    /// Writes a value that means nothing: throws where a real write would fail.
    public func probe() async throws {
        try await write("probing") { database in
            try database.execute(sql: "PRAGMA user_version = 0")
        }
    }

    /// In a transaction that other writes may share. It is carried out also where the caller's task is cancelled.
    ///
    /// - Parameter subject: the id of what the change makes, for the audit; by default the one that the request names.
    func write<Value: Sendable>(
        _ operation: String, subject: (@Sendable (Value) -> String?)? = nil,
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws -> Value {
        defer { writes.add(1, ordering: .sequentiallyConsistent) }
        let start = ContinuousClock.now
        let request = AuditedRequest.current
        do {
            let now = now
            let (value, isNoted) = try await commits.write { database in
                guard let request, !request.hasEnded else { return (try body(database), false) }
                let before = database.totalChangesCount
                let value = try body(database)
                guard database.totalChangesCount > before else { return (value, false) }
                try Self.note(
                    request, subject: subject?(value) ?? request.subject, outcome: "done", at: now, in: database)
                return (value, true)
            }
            if isNoted { request?.end() }
            count { $0.writes.record(ContinuousClock.now - start) }
            return value
        } catch let error as DatabaseError {
            throw StorageError(error, operation: operation)
        }
    }

    func read<Value: Sendable>(
        _ operation: String, _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws -> Value {
        do {
            return try await pool.read(body)
        } catch let error as DatabaseError {
            throw StorageError(error, operation: operation)
        }
    }

    /// A read of a few rows by their keys, on the caller's thread where a connection is free. The statements of `body`
    /// may see different states of the database.
    func lookUp<Value: Sendable>(
        _ operation: String, _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws -> Value {
        do {
            if let value = try lookups.read(body) { return value }
        } catch let error as DatabaseError {
            throw StorageError(error, operation: operation)
        }
        return try await read(operation, body)
    }
}
