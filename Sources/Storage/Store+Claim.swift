import GRDB

/// Who comes next. The highest priority; within it the submitter with the fewest runs in training, then the one whose
/// runs have trained for the fewest seconds in the last 24 hours, then the one whose last turn is the longest ago; of
/// that submitter's runs the oldest.
extension Store {
    /// Hands the next run to a worker, under a lease. One statement claims, so two workers never get the same run.
    ///
    /// - Parameter threads: that the worker trains with, for the account of CPU-hours; from 1 to 1024.
    public func claim(worker: String, threads: Int = 1, leaseSeconds: Double) async throws -> RunRecord? {
        let now = now
        return try await write("claiming a run", subject: Self.claimed) { [leases, configuration] database in
            try Self.wake(at: now, in: database)
            let statement = try database.cachedStatement(sql: Self.claimSQL)
            let row = try Row.fetchOne(
                statement,
                arguments: [worker, now.adding(seconds: leaseSeconds), now, now.hour - Self.shareHours, threads])
            guard let row else { return nil }
            leases.grant(
                .init(run: row["seq"], attempt: row["attempt"], end: configuration.uptime() + .seconds(leaseSeconds)))
            try database.cachedStatement(
                sql: """
                    UPDATE submitter SET last_turn = (SELECT max(last_turn) + 1 FROM submitter)
                    WHERE id = (SELECT submitter FROM run WHERE seq = ?)
                    """
            ).execute(arguments: [row["seq"] as Int64])
            try Self.beginSweep(ofRun: row["seq"], at: now, in: database)
            return try Self.run(row["id"], in: database)
        }
    }

    private static let claimed: @Sendable (RunRecord?) -> String? = { $0?.id }

    /// How far back the time that a submitter's runs have trained counts, in hours.
    private static let shareHours: Int64 = 24

    /// Looks up a run per submitter, however many are queued: `run_queued` has them in this order.
    ///
    /// ?1 worker, ?2 end of the lease, ?3 now, ?4 the last hour that is too long ago to count, ?5 threads.
    static let claimSQL = """
        UPDATE run
        SET state = 'running', attempt = attempt + 1, worker = ?1, lease_expires_at = ?2, threads = ?5,
            started_at = coalesce(started_at, ?3), version = version + 1
        WHERE seq = (
            WITH best AS MATERIALIZED (
                SELECT priority FROM run WHERE state = 'queued' AND not_before IS NULL ORDER BY priority DESC LIMIT 1),
            turn AS MATERIALIZED (
                SELECT submitter.id FROM submitter
                WHERE EXISTS (SELECT 1 FROM run WHERE run.state = 'queued' AND run.not_before IS NULL
                              AND run.priority = (SELECT priority FROM best) AND run.submitter = submitter.id)
                ORDER BY (SELECT count(*) FROM run WHERE run.state = 'running' AND run.submitter = submitter.id),
                         (SELECT total(seconds) FROM training_time AS spent
                          WHERE spent.submitter = submitter.id AND spent.hour > ?4),
                         submitter.last_turn, submitter.id
                LIMIT 1)
            SELECT seq FROM run WHERE state = 'queued' AND not_before IS NULL AND priority = (SELECT priority FROM best)
            AND submitter = (SELECT id FROM turn) ORDER BY seq LIMIT 1)
        RETURNING seq, id, attempt
        """

    /// Ends the pause of runs whose time has come. A pause longer than any is one from before the clock was set back.
    private static func wake(at now: Instant, in database: Database) throws {
        try database.cachedStatement(
            sql: """
                UPDATE run INDEXED BY run_waiting SET not_before = NULL, version = version + 1
                WHERE not_before IS NOT NULL AND (not_before <= ? OR not_before > ?)
                """
        ).execute(arguments: [now, now.adding(seconds: RetryPolicy.longestPauseSeconds)])
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
                UPDATE submitter SET cpu_seconds = cpu_seconds + ?2 * run.threads
                FROM run WHERE run.seq = ?1 AND submitter.id = run.submitter
                """
        ).execute(arguments: [seq, seconds])
        try database.cachedStatement(
            sql: """
                UPDATE sweep SET cpu_seconds = cpu_seconds + ?2 * run.threads
                FROM run WHERE run.seq = ?1 AND sweep.seq = run.sweep_seq
                """
        ).execute(arguments: [seq, seconds])
        try database.cachedStatement(
            sql: """
                DELETE FROM training_time WHERE submitter = (SELECT submitter FROM run WHERE seq = ?1) AND hour <= ?2
                """
        ).execute(arguments: [seq, now.hour - shareHours])
    }
}
