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
        // What a sweep begins with stands at moment 0, before everything that happens to it.
        let moment =
            try Int64.fetchOne(
                database,
                sql: """
                    SELECT version + 1 FROM sweep
                    WHERE id = ? AND EXISTS (SELECT 1 FROM run WHERE sweep_seq = sweep.seq)
                    """,
                arguments: [id]) ?? 0
        var first = 0
        while first < runs.count {
            let count = min(runsPerInsertion, runs.count - first)
            var values: [(any DatabaseValueConvertible)?] = [id, now, moment]
            values.reserveCapacity(3 + 10 * count)
            for index in first..<first + count {
                let run = runs[index]
                values += [
                    ids[index], run.size, run.fraction, run.depth, run.seed, run.subsetHash, run.stepsPerEpoch,
                    run.epochsTotal, run.parameterCount, run.tolerance,
                ]
            }
            try database.cachedStatement(sql: insertRunsSQL(count)).execute(arguments: StatementArguments(values))
            first += count
        }
    }

    /// A statement opens every index of the table anew: one for each run took twice the time of all of them.
    private static let runsPerInsertion = 50

    /// ?1 the sweep's id, ?2 now, ?3 the moment; then ten values for each run.
    private static func insertRunsSQL(_ count: Int) -> String {
        let row = "(" + Array(repeating: "?", count: 10).joined(separator: ", ") + ")"
        // The sweep is the outer loop, so the runs come in their order.
        return """
            INSERT INTO run (sweep_seq, state, pause, priority, submitter, created_at, moment, last_moment, id, size,
                             fraction, depth, seed, subset_hash, steps_per_epoch, epochs_total, parameter_count, tolerance)
            SELECT seq, iif(state = 'paused', 'paused', 'queued'), iif(state = 'paused', 'sweep', NULL), priority,
                   coalesce(submitter, ''), ?2, ?3, ?3, new.*
            FROM (SELECT * FROM sweep WHERE id = ?1 LIMIT 1) AS sweep CROSS JOIN
                (VALUES \(Array(repeating: row, count: count).joined(separator: ", "))) AS new
            """
    }
}
