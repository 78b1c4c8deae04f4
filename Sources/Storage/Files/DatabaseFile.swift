import Foundation
import GRDB

/// A database seen from outside the server, through a read-only connection of its own: for backups and check-ups. In WAL
/// mode it keeps no writer waiting, so a server may be at work on it.
public struct DatabaseFile: Sendable {
    private let queue: DatabaseQueue
    public let path: String

    /// - Throws: `StorageError.cannotOpen`, `.corrupt`.
    public init(_ path: String) throws {
        self.path = path
        var settings = GRDB.Configuration()
        settings.readonly = true
        settings.busyMode = .timeout(10)
        queue = try Self.reporting("opening \(path)", path) { try DatabaseQueue(path: path, configuration: settings) }
    }

    /// Copies the database as it is at one moment, with what its log holds, into one file of its own.
    public func copy(to destination: String) throws {
        try Self.reporting("copying the database", path) {
            let copy = try DatabaseQueue(path: destination)
            try queue.backup(to: copy)
            // One file, without a log beside it.
            try copy.writeWithoutTransaction { try $0.execute(sql: "PRAGMA journal_mode = DELETE") }
            try copy.close()
        }
    }

    /// What SQLite finds wrong with the file's pages and indexes, at most 20 findings; empty where it is sound.
    public func damage() throws -> [String] {
        do {
            return try queue.read { try String.fetchAll($0, sql: "PRAGMA integrity_check(20)") }.filter { $0 != "ok" }
        } catch let error as DatabaseError where [.SQLITE_CORRUPT, .SQLITE_NOTADB].contains(error.resultCode) {
            return [error.message ?? "the file is damaged"]
        } catch let error as DatabaseError {
            throw StorageError(error, operation: "checking the database")
        }
    }

    /// Rows that name others which are not there.
    public func brokenReferences() throws -> [String] {
        try read("checking references") { database in
            try Row.fetchAll(database, sql: "SELECT * FROM pragma_foreign_key_check LIMIT 20").map { row in
                "a row of \(row["table"] as String) names one of \(row["parent"] as String) that is not there"
            }
        }
    }

    /// Migrations that this program knows and the file lacks, and those that it has and this program does not know.
    public func schema() throws -> (pending: [String], unknown: [String]) {
        try read("reading the schema's version") { database in
            let migrator = Migration.migrator
            let applied = try migrator.appliedIdentifiers(database)
            return (
                migrator.migrations.filter { !applied.contains($0) },
                applied.subtracting(migrator.migrations).sorted()
            )
        }
    }

    /// Every file that a row names, by kind and name.
    public func files() throws -> [StoredFile] {
        try read("listing files") { database in
            try StoredFile.Kind.allCases.flatMap { kind -> [StoredFile] in
                // Older schemas have no models.
                guard try database.tableExists(kind.rawValue) else { return [] }
                return try Row.fetchAll(
                    database,
                    sql: """
                        SELECT run.id AS run, file.file, file.bytes, file.sha256 FROM \(kind.rawValue) AS file
                        JOIN run ON run.seq = file.run_seq ORDER BY file.file
                        """
                ).map { StoredFile(kind, row: $0) }
            }
        }
    }

    /// In a copy that nobody else uses: forgets files that it could not be given.
    public static func forget(_ files: [StoredFile], inCopy path: String) throws {
        try reporting("forgetting files", path) {
            let copy = try DatabaseQueue(path: path)
            try copy.write { database in
                for file in files {
                    try database.execute(
                        sql: "DELETE FROM \(file.kind.rawValue) WHERE file = ?", arguments: [file.name])
                }
            }
            try copy.close()
        }
    }

    private func read<Value>(_ operation: String, _ body: (Database) throws -> Value) throws -> Value {
        try Self.reporting(operation, path) { try queue.read(body) }
    }

    private static func reporting<Value>(
        _ operation: String, _ path: String, _ body: () throws -> Value
    ) throws -> Value {
        do {
            return try body()
        } catch let error as DatabaseError {
            if error.resultCode == .SQLITE_CANTOPEN {
                throw StorageError.cannotOpen(path: path, detail: error.message ?? "SQLite error 14")
            }
            throw StorageError(error, operation: operation)
        }
    }
}
