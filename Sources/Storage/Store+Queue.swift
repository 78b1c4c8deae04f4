import GRDB

/// The rules of the queue. Every write by a worker repeats the guard: the run is still running, at the same attempt.
extension Store {
    /// Renews the lease. It is in memory alone, for a start of the server begins every lease anew: a heartbeat costs a
    /// look-up, and no wait for the disk.
    /// - Throws: `StorageError.staleAttempt`.
    public func heartbeat(run id: String, attempt: Int, leaseSeconds: Double) async throws {
        let seq = try await lookUp("renewing a lease") { try Self.fence(id, attempt, in: $0) }
        let end = configuration.uptime() + .seconds(leaseSeconds)
        if leases.renew(run: seq, attempt: attempt, until: end) { return }
        // It is over: the run has been taken back, or is about to be.
        let state = try await lookUp("renewing a lease") { try Self.run(id, in: $0).state }
        throw StorageError.staleAttempt(run: id, attempt: attempt, state: state)
    }

    /// Adds points to a run's curve. A point that is there already is left as it is; one that would leave a gap is
    /// refused. A run that gets on has its failures forgiven: a long one may outlive any number of crashes.
    ///
    /// - Returns: the number of epochs done.
    public func record(_ epochs: [EpochRecord], run id: String, attempt: Int) async throws -> Int {
        let now = now
        let (done, new, images) = try await write("recording epochs") { [leases] database in
            let curve = try Self.curveUnderWay(id, attempt, in: database)
            leases.takeUp(run: curve.run, attempt: attempt)
            let new = epochs.filter { $0.epoch > curve.done }
            guard !new.isEmpty else { return (curve.done, 0, 0) }
            let insertion = try database.cachedStatement(sql: Self.insertEpochSQL)
            for (record, next) in zip(new, (curve.done + 1)...) {
                guard record.epoch == next, next <= curve.total else {
                    throw StorageError.invalidState(
                        "epoch \(record.epoch) of \(curve.total) cannot follow epoch \(next - 1) of the run \(id)")
                }
                try insertion.execute(arguments: [
                    curve.run, record.epoch, record.trainLoss, record.valLoss, record.valDSC, record.learningRate,
                    record.seconds, record.imagesSeen,
                ])
            }
            let done = curve.done + new.count
            try database.cachedStatement(sql: Self.advanceRunSQL)
                .execute(arguments: [done, new.lazy.map(\.valDSC).max(), curve.run, new.count])
            try Self.countTraining(
                ofRun: curve.run, seconds: new.reduce(0) { $0 + $1.seconds }, at: now, in: database)
            // No run changed its state, so the sweep's is what it was: its runs need not be counted.
            try database.cachedStatement(sql: "UPDATE sweep SET version = version + 1 WHERE seq = ?")
                .execute(arguments: [curve.sweep])
            return (done, new.count, max(0, (new.last?.imagesSeen ?? 0) - curve.images))
        }
        count { figures in
            figures.epochs += new
            figures.images += images
        }
        return done
    }

    private static let insertEpochSQL = """
        INSERT INTO epoch (run_seq, epoch, train_loss, val_loss, val_dsc, learning_rate, seconds, images_seen)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        """

    /// ?1 epochs done, ?2 the best DSC of the new ones, ?3 the run, ?4 how many are new.
    private static let advanceRunSQL = """
        UPDATE run SET epochs_done = ?1, failures = 0, losses = 0, best_val_dsc = max(coalesce(best_val_dsc, 0), ?2),
            version = version + ?4
        WHERE seq = ?3
        """

    /// Where the curve of a run stands that `attempt` holds.
    private static func curveUnderWay(_ id: String, _ attempt: Int, in database: Database) throws
        -> (run: Int64, sweep: Int64, done: Int, total: Int, images: Int)
    {
        let statement = try database.cachedStatement(
            sql: """
                SELECT seq, sweep_seq, epochs_done, epochs_total, coalesce((SELECT images_seen FROM epoch
                    WHERE run_seq = run.seq AND epoch = run.epochs_done), 0) FROM run
                WHERE id = ? AND state = 'running' AND attempt = ?
                """)
        guard let row = try Row.fetchOne(statement, arguments: [id, attempt]) else {
            throw try stale(id, attempt, in: database)
        }
        return (row[0], row[1], row[2], row[3], row[4])
    }

    /// Ends a run that has trained every epoch, or was told to stop early. Weights of an earlier attempt are dropped: they
    /// are not what was tested.
    ///
    /// - Parameters:
    ///   - testDSCByClassJSON: the caller's JSON; nil where there is none.
    ///   - stoppedEarly: the worker says that it has obeyed the order to.
    /// - Returns: the run, and the files that nothing refers to any more.
    public func finish(
        run id: String, attempt: Int, testDSC: Double, testDSCSD: Double, testCases: Int,
        testDSCByClassJSON: String? = nil, stoppedEarly: Bool = false
    ) async throws -> (run: RunRecord, orphans: OrphanedFiles) {
        let now = now
        let result = try await write("finishing a run") { database in
            let seq = try Self.fence(id, attempt, in: database)
            let run = try Self.run(id, in: database)
            let isComplete = run.epochsDone == run.epochsTotal
            guard isComplete || (stoppedEarly && run.stop != nil) else {
                throw StorageError.invalidState(
                    "the run \(id) has \(run.epochsDone) of \(run.epochsTotal) epochs: it cannot finish yet"
                        + (stoppedEarly ? ", as nobody told it to stop early" : ""))
            }
            if isComplete {
                try database.execute(sql: "UPDATE run SET \(Self.forgetStopSQL) WHERE seq = ?", arguments: [seq])
            }
            try database.execute(
                sql: """
                    UPDATE run SET state = ?, test_dsc = ?, test_dsc_sd = ?, test_cases = ?,
                           test_dsc_by_class = ?, lease_expires_at = NULL, pause = NULL, finished_at = ?, error = NULL,
                           version = version + 1
                    WHERE seq = ?
                    """,
                arguments: [
                    (isComplete ? RunState.succeeded : .stoppedEarly).rawValue, testDSC, testDSCSD, testCases,
                    testDSCByClassJSON, now, seq,
                ])
            try Self.dropFailureLog(ofRun: seq, in: database)
            let orphans = OrphanedFiles(
                checkpoints: try Self.dropCheckpoints(ofRun: seq, in: database),
                models: try Self.dropModel(ofRun: seq, exceptOf: attempt, in: database).map { [$0] } ?? [])
            try Self.settleSweep(ofRun: seq, at: now, in: database)
            return (run: try Self.run(id, in: database), orphans: orphans)
        }
        count { figures in
            if result.run.state == .succeeded { figures.runsSucceeded += 1 } else { figures.runsStoppedEarly += 1 }
        }
        return result
    }

    /// Puts a run back to the queue, with its checkpoint and without a failure counted; one that is to be paused is paused.
    public func release(run id: String, attempt: Int) async throws -> RunRecord {
        let now = now
        return try await write("releasing a run") { database in
            let seq = try Self.fence(id, attempt, in: database)
            try Self.release(seq: seq, at: now, in: database)
            return try Self.run(id, in: database)
        }
    }

    // MARK: -

    static func release(seq: Int64, at now: Instant, in database: Database) throws {
        try database.execute(
            sql: """
                UPDATE run SET state = iif(pause IS NULL, 'queued', 'paused'), lease_expires_at = NULL, worker = NULL,
                    \(forgetStopSQL), version = version + 1
                WHERE seq = ?
                """,
            arguments: [seq])
        try settleSweep(ofRun: seq, at: now, in: database)
    }

    /// The run's row, where `attempt` is the one that holds it.
    static func fence(_ id: String, _ attempt: Int, in database: Database) throws -> Int64 {
        let statement = try database.cachedStatement(
            sql: "SELECT seq FROM run WHERE id = ? AND state = 'running' AND attempt = ?")
        guard let seq = try Int64.fetchOne(statement, arguments: [id, attempt]) else {
            throw try stale(id, attempt, in: database)
        }
        return seq
    }

    static func stale(_ id: String, _ attempt: Int, in database: Database) throws -> StorageError {
        .staleAttempt(run: id, attempt: attempt, state: try run(id, in: database).state)
    }
}
