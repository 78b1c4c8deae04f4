import GRDB

extension Store {
    /// Adds runs to a sweep, behind those in the queue; the choice of an adaptive one's runs is open again. A sweep that has succeeded or failed goes on; the new runs of a paused
    /// one are paused with it.
    ///
    /// - Parameters:
    ///   - known: the specification that the caller has read.
    ///   - specification: what takes its place.
    /// - Returns: the sweep; nil where its specification is not the known one any more, and nothing was changed.
    /// - Throws: `StorageError.invalidState` when the sweep was cancelled, `.overQuota` for the sweep's submitter.
    public func extend(
        sweep id: String, from known: String, to specification: String, runs: [NewSweep.Run]
    ) async throws -> SweepRecord? {
        let runIDs = runs.map { _ in identifiers.make("run") }
        let now = now
        return try await write("extending a sweep") { database in
            let sweep = try Self.sweep(id, in: database)
            guard sweep.state != .cancelled else {
                throw StorageError.invalidState("the sweep \(id) is cancelled: submit another")
            }
            guard sweep.specificationJSON == known else { return nil }
            // To one whose runs are chosen, sizes are added, of which none may be run.
            guard !runs.isEmpty || (sweep.planJSON != nil && specification != known) else { return sweep }
            let submitter = try String.fetchOne(
                database, sql: "SELECT submitter FROM sweep WHERE id = ?", arguments: [id])
            try Self.checkQuota(of: submitter ?? "", adding: runs.count, in: database)
            try Self.insert(runs, ids: runIDs, intoSweep: id, at: now, in: database)
            try database.execute(
                sql: """
                    UPDATE sweep SET specification = ?2, version = version + 1, finished_at = NULL,
                        plan_open = plan IS NOT NULL, state = iif(state IN ('succeeded', 'failed'), 'running', state)
                    WHERE id = ?1
                    """,
                arguments: [id, specification])
            return try Self.sweep(id, in: database)
        }
    }

    /// Puts runs behind those in the queue; those of a paused sweep are paused with it.
    static func insert(
        _ runs: [NewSweep.Run], ids: [String], intoSweep id: String, at now: Instant, in database: Database
    ) throws {
        let statement = try database.makeStatement(
            sql: """
                INSERT INTO run (id, sweep_seq, state, pause, size, fraction, depth, seed, subset_hash, steps_per_epoch,
                                 epochs_total, parameter_count, tolerance, priority, submitter, moment, last_moment,
                                 created_at)
                SELECT ?1, seq, iif(state = 'paused', 'paused', 'queued'), iif(state = 'paused', 'sweep', NULL), ?2, ?3,
                       ?4, ?5, ?6, ?7, ?8, ?9, ?10, priority, coalesce(submitter, ''), ?12, ?12, ?11
                FROM sweep WHERE id = ?13
                """)
        // What a sweep begins with stands at moment 0, before everything that happens to it.
        let moment =
            try Int64.fetchOne(
                database,
                sql: """
                    SELECT version + 1 FROM sweep
                    WHERE id = ? AND EXISTS (SELECT 1 FROM run WHERE sweep_seq = sweep.seq)
                    """,
                arguments: [id]) ?? 0
        for (runID, run) in zip(ids, runs) {
            try statement.execute(arguments: [
                runID, run.size, run.fraction, run.depth, run.seed, run.subsetHash, run.stepsPerEpoch, run.epochsTotal,
                run.parameterCount, run.tolerance, now, moment, id,
            ])
        }
    }
}
