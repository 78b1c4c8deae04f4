import GRDB

extension Store {
    public func run(_ id: String) async throws -> RunRecord {
        try await lookUp("reading a run") { try Self.run(id, in: $0) }
    }

    /// In the order in which they are claimed.
    public func runs(ofSweep id: String, state: RunState? = nil, after cursor: String? = nil, limit: Int)
        async throws -> Slice<RunRecord>
    {
        let after = try Cursor.decode(cursor) ?? 0
        return try await read("listing runs") { database in
            guard
                try Bool.fetchOne(database, sql: "SELECT EXISTS (SELECT 1 FROM sweep WHERE id = ?)", arguments: [id])
                    == true
            else { throw StorageError.notFound(kind: "sweep", id: id) }
            let rows = try Row.fetchAll(
                database,
                sql: """
                    \(RunRecord.select) WHERE sweep.id = ?1 AND run.seq > ?2 AND (?3 IS NULL OR run.state = ?3)
                    ORDER BY run.seq LIMIT ?4
                    """,
                arguments: [id, after, state?.rawValue, limit + 1])
            return try Cursor.slice(rows, limit: limit, seq: { $0["seq"] }, item: RunRecord.init(row:))
        }
    }

    /// The whole curve, in order of epochs.
    public func curve(ofRun id: String) async throws -> [EpochRecord] {
        try await read("reading a curve") { database in
            let statement = try database.cachedStatement(
                sql: """
                    SELECT epoch, train_loss, val_loss, val_dsc, learning_rate, seconds, images_seen
                    FROM epoch WHERE run_seq = (SELECT seq FROM run WHERE id = ?) ORDER BY epoch
                    """)
            // By place and without a copy of each row: a curve has thousands.
            let rows = try Row.fetchCursor(statement, arguments: [id])
            var curve: [EpochRecord] = []
            while let row = try rows.next() {
                curve.append(
                    EpochRecord(
                        epoch: row[0], trainLoss: row[1], valLoss: row[2], valDSC: row[3], learningRate: row[4],
                        seconds: row[5], imagesSeen: row[6]))
            }
            return curve
        }
    }

    /// Ends a run that has not ended. Whatever its worker still sends is stale.
    ///
    /// - Returns: the run, and the files that nothing refers to any more.
    /// - Throws: `StorageError.invalidState` when the run has ended already.
    public func cancel(run id: String) async throws -> (run: RunRecord, orphans: OrphanedFiles) {
        let now = now
        return try await write("cancelling a run") { database in
            let run = try Self.run(id, in: database)
            guard !run.state.isFinal else { throw StorageError.ended("run", id, run.state.rawValue, toBe: "cancelled") }
            try database.execute(
                sql: """
                    UPDATE run SET state = 'cancelled', finished_at = ?, lease_expires_at = NULL, not_before = NULL,
                        pause = NULL, \(Self.forgetStopSQL), version = version + 1
                    WHERE id = ?
                    """,
                arguments: [now, id])
            let seq = try Self.seq(ofRun: id, in: database)
            let orphans = try Self.dropFiles(ofRun: seq, in: database)
            try Self.settleSweep(ofRun: seq, at: now, in: database)
            return (try Self.run(id, in: database), orphans)
        }
    }

    static func run(_ id: String, in database: Database) throws -> RunRecord {
        let statement = try database.cachedStatement(sql: "\(RunRecord.select) WHERE run.id = ?")
        // Read from the cursor's own row, not from a copy.
        guard let run = try Row.fetchCursor(statement, arguments: [id]).map(RunRecord.init(row:)).next() else {
            throw StorageError.notFound(kind: "run", id: id)
        }
        return run
    }

    static func seq(ofRun id: String, in database: Database) throws -> Int64 {
        guard let seq = try Int64.fetchOne(database, sql: "SELECT seq FROM run WHERE id = ?", arguments: [id])
        else { throw StorageError.notFound(kind: "run", id: id) }
        return seq
    }

    /// Call after every change of a run but its claim: bumps its sweep's version, and ends the sweep with its last run. Only
    /// then are the runs counted.
    static func settleSweep(ofRun seq: Int64, at now: Instant, in database: Database) throws {
        try bumpSweep(ofRun: seq, in: database)
        guard let sweep = try Int64.fetchOne(database, sql: "SELECT sweep_seq FROM run WHERE seq = ?", arguments: [seq])
        else { return }
        try endSweep(sweep, at: now, in: database)
    }

    /// Ends a sweep whose runs have all ended and that wants no more.
    static func endSweep(_ seq: Int64, at now: Instant, in database: Database) throws {
        let statement = try database.cachedStatement(sql: hasUnfinishedSQL)
        if try Bool.fetchOne(statement, arguments: [seq]) == true { return }
        try database.execute(
            sql: """
                UPDATE sweep SET
                    state = CASE WHEN tally.failed > 0 THEN 'failed' WHEN tally.succeeded > 0 THEN 'succeeded'
                                 ELSE 'cancelled' END,
                    finished_at = ?2
                FROM (SELECT sum(state = 'failed') AS failed, sum(state IN ('succeeded', 'stopped_early')) AS succeeded
                      FROM run WHERE sweep_seq = ?1) AS tally
                WHERE sweep.seq = ?1 AND state NOT IN ('succeeded', 'failed', 'cancelled')
                """,
            arguments: [seq, now])
    }

    /// Whether some run of the sweep ?1 has not ended, or more may come.
    static let hasUnfinishedSQL = """
        SELECT EXISTS (SELECT 1 FROM run WHERE sweep_seq = ?1 AND state IN ('queued', 'running', 'paused'))
            OR EXISTS (SELECT 1 FROM sweep WHERE seq = ?1 AND plan_open = 1)
        """

    /// Where a change cannot be the end of the sweep.
    static func bumpSweep(ofRun seq: Int64, in database: Database) throws {
        let statement = try database.cachedStatement(
            sql: "UPDATE sweep SET version = version + 1 WHERE seq = (SELECT sweep_seq FROM run WHERE seq = ?)")
        try statement.execute(arguments: [seq])
    }

    /// A sweep begins with its first claim; each bumps its version.
    static func beginSweep(ofRun seq: Int64, at now: Instant, in database: Database) throws {
        let statement = try database.cachedStatement(
            sql: """
                UPDATE sweep SET version = version + 1, state = iif(state = 'queued', 'running', state),
                    started_at = coalesce(started_at, ?2)
                WHERE seq = (SELECT sweep_seq FROM run WHERE seq = ?1) AND (state = 'queued' OR started_at IS NULL)
                """)
        try statement.execute(arguments: [seq, now])
        // To write the state, even the same, has SQLite check it against every list of states that the schema names.
        if database.changesCount == 0 { try bumpSweep(ofRun: seq, in: database) }
    }
}
