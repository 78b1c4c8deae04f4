import GRDB

/// What becomes of a run whose attempt ended in an error or whose worker was lost.
extension Store {
    /// Bytes of a failure's log that are kept.
    public static let failureLogBytes = 16 * 1024

    /// Notes that an attempt ended in an error: back to the queue after a while, or failed for good when `retry` is false
    /// or the run has failed as often in a row as its sweep allows. A run that was to be paused is paused in place of
    /// queued.
    ///
    /// - Parameter log: what the worker logged last, at most `failureLogBytes`; nil or empty where nothing is known.
    /// - Returns: the run, and the files that nothing refers to any more.
    public func fail(run id: String, attempt: Int, message: String, log: String? = nil, retry: Bool) async throws
        -> (run: RunRecord, orphans: OrphanedFiles)
    {
        let now = now
        let jitter = configuration.jitter()
        let result = try await write("failing a run") { database in
            let seq = try Self.fence(id, attempt, in: database)
            let (policy, failures, _) = try Self.failures(ofRun: seq, in: database)
            let pause = policy.pauseSeconds(afterFailures: failures + 1, jitter: jitter)
            let orphans = try Self.endAttempt(
                ofRun: seq, message: message, losses: 0, hasFailed: !retry || failures + 1 >= policy.maxFailures,
                notBefore: pause > 0 ? now.adding(seconds: pause) : nil, at: now, in: database)
            if let log, !log.isEmpty {
                try database.execute(
                    sql: "INSERT INTO failure_log (run_seq, attempt, lines) VALUES (?, ?, ?)",
                    arguments: [seq, attempt, log])
            }
            return (run: try Self.run(id, in: database), orphans: orphans)
        }
        count { figures in
            figures.attemptsFailed += 1
            if result.run.state == .failed { figures.runsFailed += 1 }
        }
        return result
    }

    /// Takes back every run whose lease has lapsed. It is queued at once, the lease was pause enough, or paused where that
    /// was asked for; after the second worker in a row it is quarantined: failed for good. A worker that was not heard of
    /// since its claim, or since the server was started, counts for nothing.
    ///
    /// - Returns: the runs as they are now, and the files that nothing refers to any more.
    public func requeueExpired() async throws -> (runs: [RunRecord], orphans: OrphanedFiles) {
        guard leases.hasLapsed(before: configuration.uptime()) else { return ([], OrphanedFiles()) }
        let now = now
        let (lapsed, result) = try await write("taking back lapsed leases") { [leases, configuration] database in
            // Not before this has its turn: until then a heartbeat is in time.
            let lapsed = leases.end(before: configuration.uptime())
            var orphans = OrphanedFiles()
            var ids: [String] = []
            for lease in lapsed {
                let row = try Row.fetchOne(
                    database, sql: "SELECT id, worker FROM run WHERE seq = ? AND state = 'running' AND attempt = ?",
                    arguments: [lease.run, lease.attempt])
                guard let row else { continue }
                ids.append(row["id"])
                orphans += try Self.lose(lease, worker: row["worker"] ?? "", at: now, in: database)
            }
            return (lapsed, (runs: try ids.map { try Self.run($0, in: database) }, orphans: orphans))
        }
        leases.forget(lapsed)
        count { figures in
            figures.leasesLost += result.runs.count
            figures.runsFailed += result.runs.count { $0.state == .failed }
        }
        return result
    }

    /// What the worker of the run's last failed attempt logged last; nil where nothing is known, and once the run has
    /// succeeded.
    public func failureLog(ofRun id: String) async throws -> String? {
        try await read("reading a failure's log") { database in
            try String.fetchOne(
                database,
                sql: "SELECT lines FROM failure_log JOIN run ON run.seq = failure_log.run_seq WHERE run.id = ?",
                arguments: [id])
        }
    }

    // MARK: -

    private static func lose(_ lease: Leases.Lease, worker: String, at now: Instant, in database: Database) throws
        -> OrphanedFiles
    {
        guard lease.isTakenUp else {
            try release(seq: lease.run, at: now, in: database)
            return OrphanedFiles()
        }
        let (policy, failures, losses) = try failures(ofRun: lease.run, in: database)
        let isQuarantined = losses + 1 >= RetryPolicy.maxLosses
        let lost = "the worker \(worker) was lost during attempt \(lease.attempt): no heartbeat came in time"
        let message =
            isQuarantined
            ? "quarantined: \(lost), and the one before it likewise, without a new epoch in between. The run may need more "
                + "memory than a worker has: look into the worker's log, and into the machine's (dmesg) for an "
                + "out-of-memory kill; then run it again where there is more, or submit it with a smaller batch, image or patch"
            : lost
        return try endAttempt(
            ofRun: lease.run, message: message, losses: losses + 1,
            hasFailed: isQuarantined || failures + 1 >= policy.maxFailures, notBefore: nil, at: now, in: database)
    }

    private static func failures(ofRun seq: Int64, in database: Database) throws
        -> (policy: RetryPolicy, failures: Int, losses: Int)
    {
        let row = try Row.fetchOne(
            database,
            sql: """
                SELECT run.failures, run.losses, sweep.max_failures, sweep.backoff_seconds
                FROM run JOIN sweep ON sweep.seq = run.sweep_seq WHERE run.seq = ?
                """,
            arguments: [seq])
        guard let row else { throw StorageError.notFound(kind: "run", id: "\(seq)") }
        return (RetryPolicy(row: row), row["failures"], row["losses"])
    }

    private static func endAttempt(
        ofRun seq: Int64, message: String, losses: Int, hasFailed: Bool, notBefore: Instant?, at now: Instant,
        in database: Database
    ) throws -> OrphanedFiles {
        try dropFailureLog(ofRun: seq, in: database)
        try database.execute(
            sql: """
                UPDATE run SET failures = failures + 1, losses = ?2, error = ?3, lease_expires_at = NULL, \(forgetStopSQL),
                    version = version + 1, state = CASE WHEN ?4 THEN 'failed' WHEN pause IS NULL THEN 'queued' ELSE 'paused' END,
                    pause = iif(?4, NULL, pause), not_before = iif(?4 OR pause IS NOT NULL, NULL, ?5),
                    finished_at = iif(?4, ?6, NULL)
                WHERE seq = ?1
                """,
            arguments: [seq, losses, message, hasFailed, notBefore, now])
        // Its checkpoints stay for a while: run again, it goes on from there, to the same bits. Weights it sends anew.
        let orphans = OrphanedFiles(models: hasFailed ? try dropModel(ofRun: seq, in: database).map { [$0] } ?? [] : [])
        try settleSweep(ofRun: seq, at: now, in: database)
        return orphans
    }

    static func dropFailureLog(ofRun seq: Int64, in database: Database) throws {
        try database.execute(sql: "DELETE FROM failure_log WHERE run_seq = ?", arguments: [seq])
    }
}

extension RetryPolicy {
    init(row: Row) {
        self.init(maxFailures: row["max_failures"], backoffSeconds: row["backoff_seconds"])
    }
}
