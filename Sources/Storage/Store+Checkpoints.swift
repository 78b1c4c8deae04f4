import GRDB

/// The store keeps where checkpoints lie; the caller writes and deletes the files.
extension Store {
    /// Makes a file that is already on disk the run's newest checkpoint. The one before it is kept as well.
    ///
    /// - Returns: files that nothing refers to any more, for the caller to delete.
    /// - Throws: `StorageError.invalidState` when the epochs it contains are not recorded yet: a run that goes on from
    ///   it would leave a gap in its curve.
    public func save(_ checkpoint: CheckpointRecord, run id: String) async throws -> [String] {
        let now = now
        return try await write("saving a checkpoint") { database in
            let seq = try Self.fence(id, checkpoint.attempt, in: database)
            let done =
                try Int.fetchOne(database, sql: "SELECT epochs_done FROM run WHERE seq = ?", arguments: [seq]) ?? 0
            guard checkpoint.epoch <= done else {
                throw StorageError.invalidState(
                    "record epoch \(checkpoint.epoch) first: the run \(id) has \(done) epochs on record")
            }
            let replaced = try String.fetchAll(
                database,
                sql: """
                    DELETE FROM checkpoint WHERE run_seq = ?1
                    AND seq < (SELECT max(seq) FROM checkpoint WHERE run_seq = ?1) RETURNING file
                    """,
                arguments: [seq])
            try database.execute(
                sql: """
                    INSERT INTO checkpoint (run_seq, attempt, epoch, step, file, bytes, sha256, created_at)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    seq, checkpoint.attempt, checkpoint.epoch, checkpoint.step, checkpoint.file, checkpoint.bytes,
                    checkpoint.sha256, now,
                ])
            return replaced
        }
    }

    /// Newest first, at most two.
    public func checkpoints(ofRun id: String) async throws -> [CheckpointRecord] {
        try await lookUp("reading checkpoints") { database in
            let statement = try database.cachedStatement(
                sql: """
                    SELECT checkpoint.* FROM checkpoint JOIN run ON run.seq = checkpoint.run_seq WHERE run.id = ?
                    ORDER BY checkpoint.seq DESC
                    """)
            return try Row.fetchAll(statement, arguments: [id]).map(CheckpointRecord.init(row:))
        }
    }

    /// Forgets a checkpoint whose file is damaged; the caller deletes the file.
    public func dropCheckpoint(file: String) async throws {
        try await write("dropping a damaged checkpoint") { database in
            try database.execute(sql: "DELETE FROM checkpoint WHERE file = ?", arguments: [file])
        }
    }

    /// How long a run that has failed for good keeps its checkpoints, in days: what nobody runs again by then must not
    /// fill the disk.
    public static let failedCheckpointDays = 7.0

    /// Forgets the checkpoints of runs that failed longer ago than that; run again, they begin anew.
    /// - Returns: their files, for the caller to delete.
    public func dropOldCheckpoints() async throws -> [String] {
        let limit = now.adding(seconds: -Self.failedCheckpointDays * 86_400)
        let condition = """
            FROM checkpoint WHERE (SELECT state = 'failed' AND finished_at < ? FROM run WHERE run.seq = checkpoint.run_seq)
            """
        let isAny = try await read("looking for old checkpoints") { database in
            try Bool.fetchOne(database, sql: "SELECT EXISTS (SELECT 1 \(condition))", arguments: [limit])
        }
        guard isAny == true else { return [] }
        return try await write("dropping old checkpoints") { database in
            try String.fetchAll(database, sql: "DELETE \(condition) RETURNING file", arguments: [limit])
        }
    }

    /// Every file that a checkpoint refers to; what else lies in the folder is left over.
    public func checkpointFiles() async throws -> Set<String> {
        try await read("listing checkpoints") { try String.fetchSet($0, sql: "SELECT file FROM checkpoint") }
    }

    /// - Throws: `StorageError.staleAttempt` unless `attempt` holds the run.
    public func assertHeld(run id: String, attempt: Int) async throws {
        _ = try await read("checking a lease") { try Self.fence(id, attempt, in: $0) }
    }

    static func dropCheckpoints(ofRun seq: Int64, in database: Database) throws -> [String] {
        try String.fetchAll(
            database, sql: "DELETE FROM checkpoint WHERE run_seq = ? RETURNING file", arguments: [seq])
    }
}
