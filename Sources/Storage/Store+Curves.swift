import GRDB

/// Curves from elsewhere.
extension Store {
    /// Curves that are kept at most.
    public static let importedCurveLimit = 10_000

    /// - Throws: `StorageError.overQuota` where there are `importedCurveLimit` already.
    public func insertCurve(
        name: String, submitter: String, epochs: Int, finalDSC: Double, contentJSON: String
    ) async throws -> ImportedCurve {
        let id = identifiers.make("cv")
        let now = now
        return try await write("importing a curve", subject: Self.made(id)) { database in
            guard try Self.importedCurveCount(database) < Self.importedCurveLimit else {
                throw StorageError.overQuota(
                    "there are \(Self.importedCurveLimit) imported curves already: delete some that are not needed")
            }
            try database.execute(
                sql: """
                    INSERT INTO curve (id, name, submitter, epochs, final_dsc, content, created_at)
                    VALUES (?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [id, name, submitter, epochs, finalDSC, contentJSON, now])
            guard let row = try Row.fetchOne(database, sql: "SELECT * FROM curve WHERE id = ?", arguments: [id])
            else { throw StorageError.notFound(kind: "curve", id: id) }
            return ImportedCurve(row: row)
        }
    }

    /// Newest first.
    public func importedCurves(after cursor: String? = nil, limit: Int) async throws -> Slice<ImportedCurve> {
        let before = try Cursor.decode(cursor) ?? .max
        return try await read("listing imported curves") { database in
            let rows = try Row.fetchAll(
                database, sql: "SELECT * FROM curve WHERE seq < ? ORDER BY seq DESC LIMIT ?",
                arguments: [before, limit + 1])
            return Cursor.slice(rows, limit: limit, seq: { $0["seq"] }, item: ImportedCurve.init(row:))
        }
    }

    /// - Throws: `StorageError.notFound`.
    public func deleteCurve(_ id: String) async throws {
        try await write("deleting an imported curve") { database in
            try database.execute(sql: "DELETE FROM curve WHERE id = ?", arguments: [id])
            guard database.changesCount > 0 else { throw StorageError.notFound(kind: "curve", id: id) }
        }
    }

    static func importedCurveCount(_ database: Database) throws -> Int {
        try Int.fetchOne(database, sql: "SELECT count(*) FROM curve") ?? 0
    }
}
