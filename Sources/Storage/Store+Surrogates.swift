import Foundation
import GRDB

extension Store {
    /// The newest surrogate.
    public func surrogate() async throws -> SurrogateRecord? {
        try await read("reading the surrogate") { database in
            try Row.fetchOne(database, sql: "SELECT * FROM surrogate ORDER BY version DESC LIMIT 1")
                .map(SurrogateRecord.init(row:))
        }
    }

    /// Stores a surrogate under the version it was trained for.
    public func insertSurrogate(version: Int, bytes: [UInt8], curves: Int, figuresJSON: String) async throws {
        let now = now
        try await write("storing a surrogate") { database in
            try database.execute(
                sql: "INSERT INTO surrogate (version, bytes, curves, figures, created_at) VALUES (?, ?, ?, ?, ?)",
                arguments: [version, Data(bytes), curves, figuresJSON, now])
        }
    }

    /// Whole curves: of the runs that have succeeded, and imported.
    public func finishedCurveCount() async throws -> Int {
        try await read("counting finished curves") { database in
            let runs = try Int.fetchOne(database, sql: "SELECT count(*) FROM run WHERE state = 'succeeded'") ?? 0
            return runs + (try Self.importedCurveCount(database))
        }
    }

    /// The newest finished runs with their curves, oldest first.
    ///
    /// - Parameter sweep: whose alone; nil for all.
    public func finishedRuns(ofSweep sweep: String? = nil, limit: Int) async throws -> [FinishedRun] {
        try await read("reading finished curves") { database in
            let rows = try Row.fetchAll(
                database,
                sql: """
                    \(RunRecord.select) WHERE run.state = 'succeeded' \(sweep == nil ? "" : "AND sweep.id = :sweep")
                    ORDER BY run.seq DESC LIMIT :limit
                    """,
                arguments: StatementArguments(["limit": limit]) + (sweep.map { ["sweep": $0] } ?? [:]))
            return try rows.reversed().map { row in
                let seq: Int64 = row["seq"]
                let curve = try Row.fetchAll(
                    database, sql: "SELECT * FROM epoch WHERE run_seq = ? ORDER BY epoch", arguments: [seq])
                let id: String = row["id"]
                return FinishedRun(
                    run: try RunRecord(row: row), dimensions: try Self.dimensions(ofRun: id, database),
                    curve: curve.map(EpochRecord.init(row:)))
            }
        }
    }

    /// Of the data set that a run is trained on: 2 or 3.
    public func dimensions(ofRun id: String) async throws -> Int {
        try await read("reading a data set's dimensions") { database in
            try Self.dimensions(ofRun: id, database)
        }
    }

    private static func dimensions(ofRun id: String, _ database: Database) throws -> Int {
        let dimensions = try Int.fetchOne(
            database,
            sql: """
                SELECT dataset.dimensions FROM dataset JOIN sweep ON sweep.dataset_id = dataset.id
                JOIN run ON run.sweep_seq = sweep.seq WHERE run.id = ?
                """,
            arguments: [id])
        guard let dimensions else { throw StorageError.notFound(kind: "run", id: id) }
        return dimensions
    }
}
