import GRDB

extension Store {
    /// - Throws: `StorageError.nameTaken`.
    public func insert(_ dataset: NewDataset) async throws -> DatasetRecord {
        let id = identifiers.make("ds")
        let now = now
        return try await write("registering a data set", subject: Self.made(id)) { database in
            if let hash = try String.fetchOne(
                database, sql: "SELECT data_hash FROM dataset WHERE name = ?", arguments: [dataset.name])
            {
                throw StorageError.nameTaken(name: dataset.name, dataHash: hash)
            }
            try database.execute(
                sql: """
                    INSERT INTO dataset (id, name, path, layout, dimensions, channels, data_hash, facts, split,
                                         manifest, created_at)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    id, dataset.name, dataset.path, dataset.layout, dataset.dimensions, dataset.channels,
                    dataset.dataHash, dataset.factsJSON, dataset.splitJSON, dataset.manifestJSON, now,
                ])
            return try Self.dataset(id, in: database)
        }
    }

    /// - Parameter reference: an id or a name.
    /// - Throws: `StorageError.notFound`.
    public func dataset(_ reference: String) async throws -> DatasetRecord {
        try await lookUp("reading a data set") { try Self.dataset(reference, in: $0) }
    }

    /// The JSON text of the split, as it was registered.
    public func splitJSON(ofDataset id: String) async throws -> String {
        try await largeColumn("split", ofDataset: id)
    }

    /// The JSON text of the manifest, as it was registered.
    public func manifestJSON(ofDataset id: String) async throws -> String {
        try await largeColumn("manifest", ofDataset: id)
    }

    /// Newest first.
    public func datasets(after cursor: String? = nil, limit: Int) async throws -> Slice<DatasetRecord> {
        let before = try Cursor.decode(cursor) ?? .max
        return try await read("listing data sets") { database in
            let rows = try Row.fetchAll(
                database,
                sql: "SELECT \(DatasetRecord.columns) FROM dataset WHERE seq < ? ORDER BY seq DESC LIMIT ?",
                arguments: [before, limit + 1])
            return Cursor.slice(rows, limit: limit, seq: { $0["seq"] }, item: DatasetRecord.init(row:))
        }
    }

    private static func dataset(_ reference: String, in database: Database) throws -> DatasetRecord {
        let statement = try database.cachedStatement(
            sql: "SELECT \(DatasetRecord.columns) FROM dataset WHERE id = ?1 OR name = ?1 ORDER BY id = ?1 DESC LIMIT 1"
        )
        guard let row = try Row.fetchOne(statement, arguments: [reference]) else {
            throw StorageError.notFound(kind: "data set", id: reference)
        }
        return DatasetRecord(row: row)
    }

    private func largeColumn(_ column: String, ofDataset id: String) async throws -> String {
        try await read("reading a data set") { database in
            guard
                let text = try String.fetchOne(
                    database, sql: "SELECT \(column) FROM dataset WHERE id = ?", arguments: [id])
            else { throw StorageError.notFound(kind: "data set", id: id) }
            return text
        }
    }
}
