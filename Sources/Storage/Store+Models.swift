import GRDB

/// The store keeps where trained weights lie; the caller writes and deletes the files.
extension Store {
    /// Makes a file that is already on disk the weights of a run that has trained its last epoch, or is to stop early, and
    /// is about to finish.
    ///
    /// - Returns: the file it replaces, for the caller to delete.
    /// - Throws: `StorageError.invalidState` before the last epoch is on record.
    public func save(_ model: ModelRecord, run id: String) async throws -> String? {
        let now = now
        return try await write("saving a model") { database in
            let seq = try Self.fence(id, model.attempt, in: database)
            let run = try Self.run(id, in: database)
            guard run.epochsDone == run.epochsTotal || run.stop != nil else {
                throw StorageError.invalidState(
                    "record every epoch first: the run \(id) has \(run.epochsDone) of \(run.epochsTotal), and its weights "
                        + "are those after the last")
            }
            let replaced = try Self.dropModel(ofRun: seq, in: database)
            try database.execute(
                sql: """
                    INSERT INTO model (run_seq, attempt, file, bytes, sha256, created_at) VALUES (?, ?, ?, ?, ?, ?)
                    """,
                arguments: [seq, model.attempt, model.file, model.bytes, model.sha256, now])
            return replaced
        }
    }

    /// The weights of a run, whether it has finished or is about to.
    public func model(ofRun id: String) async throws -> ModelRecord? {
        try await read("reading a model") { database in
            try Row.fetchOne(
                database, sql: "SELECT model.* FROM model JOIN run ON run.seq = model.run_seq WHERE run.id = ?",
                arguments: [id]
            ).map(ModelRecord.init(row:))
        }
    }

    /// Every file that a model refers to; what else lies in the folder is left over.
    public func modelFiles() async throws -> Set<String> {
        try await read("listing models") { try String.fetchSet($0, sql: "SELECT file FROM model") }
    }

    /// - Parameter exceptOf: weights of this attempt stay.
    static func dropModel(ofRun seq: Int64, exceptOf attempt: Int? = nil, in database: Database) throws -> String? {
        try String.fetchOne(
            database, sql: "DELETE FROM model WHERE run_seq = ?1 AND attempt IS NOT ?2 RETURNING file",
            arguments: [seq, attempt])
    }

    /// What a run leaves that ends without success: nothing.
    static func dropFiles(ofRun seq: Int64, in database: Database) throws -> OrphanedFiles {
        OrphanedFiles(
            checkpoints: try dropCheckpoints(ofRun: seq, in: database),
            models: try dropModel(ofRun: seq, in: database).map { [$0] } ?? [])
    }
}
