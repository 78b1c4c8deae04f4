import GRDB

/// Who comes next. The highest priority; within it the submitter with the fewest runs in training, then the one whose
/// runs have trained for the fewest seconds in the last 24 hours, then the one whose last turn is the longest ago; of
/// that submitter's runs the oldest.
extension Store {
    /// Hands the next run to a worker, under a lease. The choice and the claim are one write, and there is one writer, so two
    /// workers never get the same run.
    ///
    /// - Parameter threads: that the worker trains with, for the account of CPU-hours; from 1 to 1024.
    public func claim(worker: String, threads: Int = 1, leaseSeconds: Double) async throws -> ClaimedRun? {
        let now = now
        return try await write("claiming a run", subject: Self.claimed) { [leases, configuration] database in
            try Self.wake(at: now, in: database)
            guard let turn = try Self.nextTurn(at: now, in: database) else { return nil }
            try database.cachedStatement(
                sql: """
                    UPDATE run
                    SET state = 'running', attempt = attempt + 1, worker = ?2, lease_expires_at = ?3, threads = ?4,
                        started_at = coalesce(started_at, ?5), version = version + 1
                    WHERE seq = ?1
                    """
            ).execute(arguments: [turn.run, worker, now.adding(seconds: leaseSeconds), threads, now])
            try database.cachedStatement(
                sql: "UPDATE submitter SET last_turn = (SELECT max(last_turn) + 1 FROM submitter) WHERE id = ?"
            ).execute(arguments: [turn.submitter])
            try Self.beginSweep(ofRun: turn.run, at: now, in: database)
            let run = try Self.claimedRun(seq: turn.run, in: database)
            leases.grant(
                .init(run: turn.run, attempt: run.attempt, end: configuration.uptime() + .seconds(leaseSeconds)))
            return run
        }
    }

    private static let claimed: @Sendable (ClaimedRun?) -> String? = { $0?.id }

    private static func claimedRun(seq: Int64, in database: Database) throws -> ClaimedRun {
        let statement = try database.cachedStatement(sql: "\(ClaimedRun.select) WHERE run.seq = ?")
        // Read from the cursor's own row, not from a copy.
        guard let run = try Row.fetchCursor(statement, arguments: [seq]).map(ClaimedRun.init(row:)).next() else {
            throw StorageError.notFound(kind: "run", id: "\(seq)")
        }
        return run
    }

    /// How far back the time that a submitter's runs have trained counts, in hours.
    private static let shareHours: Int64 = 24

    /// Nil where no run waits.
    private static func nextTurn(at now: Instant, in database: Database) throws -> Turn? {
        let statement = try database.cachedStatement(sql: turnSQL)
        return try Row.fetchCursor(statement, arguments: [now.hour - shareHours]).compactMap(Turn.init(row:)).min()
    }

    /// The submitters, each with the oldest of its runs of the best priority that wait: a look-up for each in `run_queued`,
    /// however many runs are queued. Which is next is found here and not by an ORDER BY, for which SQLite makes a temporary
    /// table; that would take it longer than the rest.
    ///
    /// ?1 the last hour that is too long ago to count.
    static let turnSQL = """
        SELECT in_training,
            (SELECT total(seconds) FROM training_time AS spent WHERE spent.submitter = submitter.id AND spent.hour > ?1),
            last_turn, id,
            (SELECT seq FROM run WHERE state = 'queued' AND not_before IS NULL AND submitter = submitter.id
             AND priority = (SELECT priority FROM run WHERE state = 'queued' AND not_before IS NULL
                             ORDER BY priority DESC LIMIT 1)
             ORDER BY seq LIMIT 1)
        FROM submitter
        """

    /// Ends the pause of runs whose time has come. A pause longer than any is one from before the clock was set back.
    private static func wake(at now: Instant, in database: Database) throws {
        let due = """
            FROM run INDEXED BY run_waiting WHERE not_before IS NOT NULL AND (not_before <= ?1 OR not_before > ?2)
            """
        let times: StatementArguments = [now, now.adding(seconds: RetryPolicy.longestPauseSeconds)]
        // Mostly there are none, and to look costs less than an UPDATE that finds none.
        let isAny = try Bool.fetchOne(
            try database.cachedStatement(sql: "SELECT EXISTS (SELECT 1 \(due))"), arguments: times)
        guard isAny == true else { return }
        try database.execute(
            sql: "UPDATE run SET not_before = NULL, version = version + 1 WHERE seq IN (SELECT seq \(due))",
            arguments: times)
    }

    /// Adds what a run has trained to its submitter's share, and what that took to the accounts.
    static func countTraining(ofRun seq: Int64, seconds: Double, at now: Instant, in database: Database) throws {
        try database.cachedStatement(
            sql: """
                INSERT INTO training_time (submitter, hour, seconds) SELECT submitter, ?2, ?3 FROM run WHERE seq = ?1
                ON CONFLICT (submitter, hour) DO UPDATE SET seconds = seconds + excluded.seconds
                """
        ).execute(arguments: [seq, now.hour, seconds])
        try database.cachedStatement(
            sql: """
                UPDATE submitter SET cpu_seconds = cpu_seconds + ?2 * (SELECT threads FROM run WHERE seq = ?1)
                WHERE id = (SELECT submitter FROM run WHERE seq = ?1)
                """
        ).execute(arguments: [seq, seconds])
        try database.cachedStatement(
            sql: """
                UPDATE sweep SET cpu_seconds = cpu_seconds + ?2 * (SELECT threads FROM run WHERE seq = ?1)
                WHERE seq = (SELECT sweep_seq FROM run WHERE seq = ?1)
                """
        ).execute(arguments: [seq, seconds])
        try database.cachedStatement(
            sql: """
                DELETE FROM training_time WHERE submitter = (SELECT submitter FROM run WHERE seq = ?1) AND hour <= ?2
                """
        ).execute(arguments: [seq, now.hour - shareHours])
    }
}
