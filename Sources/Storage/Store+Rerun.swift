import GRDB

/// Another try for what has failed for good.
extension Store {
    /// Queues the failed runs of a sweep anew, with nothing held against them; the others keep what they have. A sweep
    /// that had ended goes on; those of a paused one are paused until it is resumed.
    ///
    /// Epochs on record stay, and a run whose checkpoints are kept goes on from the newest: to the bits that training it
    /// anew would give, for a step depends on nothing but the state before it and the step's number. After
    /// `failedCheckpointDays` it begins with its first step; what it trains again is not kept twice.
    /// - Throws: `StorageError.invalidState` when the sweep was cancelled or none of its runs has failed.
    public func rerun(sweep id: String) async throws -> SweepRecord {
        try await write("running a sweep's failed runs again") { database in
            let sweep = try Self.sweep(id, in: database)
            guard sweep.state != .cancelled else {
                throw StorageError.invalidState("the sweep \(id) is cancelled: submit it again")
            }
            guard sweep.runs[.failed] ?? 0 > 0 else {
                throw StorageError.invalidState(
                    "no run of the sweep \(id) has failed (it is \(sweep.state.rawValue)): there is nothing to run again"
                )
            }
            try Self.rerun("sweep_seq = (SELECT seq FROM sweep WHERE id = ?1)", id, sweep: id, in: database)
            return try Self.sweep(id, in: database)
        }
    }

    /// The same for one run.
    /// - Throws: `StorageError.invalidState` unless the run has failed and its sweep was not cancelled.
    public func rerun(run id: String) async throws -> RunRecord {
        try await write("running a failed run again") { database in
            let run = try Self.run(id, in: database)
            guard run.state == .failed else {
                throw StorageError.invalidState(
                    "the run \(id) is \(run.state.rawValue): only one that has failed can be run again")
            }
            guard try Self.sweep(run.sweepID, in: database).state != .cancelled else {
                throw StorageError.invalidState(
                    "the sweep \(run.sweepID) of the run \(id) is cancelled: submit it again")
            }
            try Self.rerun("id = ?1", id, sweep: run.sweepID, in: database)
            return try Self.run(id, in: database)
        }
    }

    private static func rerun(_ condition: String, _ key: String, sweep: String, in database: Database) throws {
        try database.execute(
            sql:
                "DELETE FROM failure_log WHERE run_seq IN (SELECT seq FROM run WHERE \(condition) AND state = 'failed')",
            arguments: [key])
        try database.execute(
            sql: """
                UPDATE run SET state = iif(sweep.state = 'paused', 'paused', 'queued'),
                    pause = iif(sweep.state = 'paused', 'sweep', NULL), failures = 0, losses = 0, error = NULL,
                    worker = NULL, finished_at = NULL, version = run.version + 1
                FROM sweep WHERE sweep.id = ?2 AND run.\(condition) AND run.state = 'failed'
                """,
            arguments: [key, sweep])
        try database.execute(
            sql: """
                UPDATE sweep SET state = iif(state = 'paused', 'paused', 'running'), finished_at = NULL,
                    version = version + 1
                WHERE id = ?
                """,
            arguments: [sweep])
    }
}
