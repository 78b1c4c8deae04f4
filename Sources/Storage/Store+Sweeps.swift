import Foundation
import GRDB

extension Store {
    /// Accepts a sweep with all of its runs, or nothing of it.
    ///
    /// - Returns: the sweep, and whether it is new: a repeated idempotency key with the same request gives the first
    ///   answer's sweep again.
    /// - Throws: `StorageError.idempotencyMismatch` when the key came with another request, `.overQuota` and
    ///   `.deadlinePassed` for a new one.
    public func insert(_ sweep: NewSweep) async throws -> (sweep: SweepRecord, isNew: Bool) {
        let id = identifiers.make("sw")
        let runIDs = sweep.runs.map { _ in identifiers.make("run") }
        let now = now
        return try await write("accepting a sweep", subject: Self.made(id)) { database in
            try database.execute(
                sql: "DELETE FROM idempotency_key WHERE owner = ? AND key = ? AND created_at < ?",
                arguments: [
                    sweep.submitter, sweep.idempotency?.key ?? "", now.adding(seconds: -Self.idempotencyHours * 3600),
                ])
            if let known = try Self.known(sweep.idempotency, owner: sweep.submitter, in: database) {
                return (try Self.sweep(known, in: database), false)
            }
            let deadline = sweep.limits.deadline.map(Instant.init)
            guard deadline.map({ $0 > now }) ?? true else { throw StorageError.deadlinePassed }
            try Self.checkQuota(of: sweep.submitter, adding: sweep.runs.count, in: database)
            try database.execute(
                sql: """
                    INSERT INTO sweep (id, name, dataset_id, submitter, state, specification, priority, max_failures,
                                       backoff_seconds, deadline, cpu_hours, plan, plan_open, created_at)
                    VALUES (?, ?, ?, ?, 'queued', ?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    id, sweep.name, sweep.datasetID, sweep.submitter, sweep.specificationJSON, sweep.priority,
                    sweep.retry.maxFailures, sweep.retry.backoffSeconds, deadline, sweep.limits.cpuHours,
                    sweep.planJSON, sweep.planJSON != nil, now,
                ])
            try database.execute(
                sql: "INSERT OR IGNORE INTO submitter (id) VALUES (?)", arguments: [sweep.submitter])
            try Self.insert(sweep.runs, ids: runIDs, intoSweep: id, at: now, in: database)
            if let idempotency = sweep.idempotency {
                try database.execute(
                    sql: """
                        INSERT INTO idempotency_key (owner, key, request_hash, sweep_id, created_at)
                        VALUES (?, ?, ?, ?, ?)
                        """,
                    arguments: [sweep.submitter, idempotency.key, Data(idempotency.requestHash), id, now])
            }
            return (try Self.sweep(id, in: database), true)
        }
    }

    public func sweep(_ id: String) async throws -> SweepRecord {
        try await read("reading a sweep") { try Self.sweep(id, in: $0) }
    }

    /// What a run of the sweep is trained by: the id of its data set, and the caller's JSON. It never changes, and costs a
    /// fraction of the sweep.
    /// - Throws: `StorageError.notFound`.
    public func recipe(ofSweep id: String) async throws -> (datasetID: String, specificationJSON: String) {
        try await lookUp("reading a sweep's recipe") { database in
            let statement = try database.cachedStatement(
                sql: "SELECT dataset_id, specification FROM sweep WHERE id = ?")
            guard let row = try Row.fetchOne(statement, arguments: [id]) else {
                throw StorageError.notFound(kind: "sweep", id: id)
            }
            return (row[0], row[1])
        }
    }

    /// The sweep's version alone, which costs a fraction of the sweep.
    /// - Throws: `StorageError.notFound`.
    public func version(ofSweep id: String) async throws -> Int {
        try await lookUp("reading a sweep's version") { database in
            let statement = try database.cachedStatement(sql: "SELECT version FROM sweep WHERE id = ?")
            guard let version = try Int.fetchOne(statement, arguments: [id]) else {
                throw StorageError.notFound(kind: "sweep", id: id)
            }
            return version
        }
    }

    /// Newest first.
    public func sweeps(state: SweepState? = nil, after cursor: String? = nil, limit: Int) async throws
        -> Slice<SweepRecord>
    {
        let before = try Cursor.decode(cursor) ?? .max
        return try await read("listing sweeps") { database in
            let rows = try Row.fetchAll(
                database,
                sql: """
                    \(SweepRecord.select) WHERE sweep.seq < ?1 AND (?2 IS NULL OR sweep.state = ?2)
                    ORDER BY sweep.seq DESC LIMIT ?3
                    """,
                arguments: [before, state?.rawValue, limit + 1])
            return try Cursor.slice(
                rows, limit: limit, seq: { $0["seq"] }, item: { try Self.sweep(row: $0, in: database) })
        }
    }

    /// Cancels every run that has not ended. Whatever the worker of one in training still sends is stale.
    ///
    /// - Returns: the sweep, and the files that nothing refers to any more.
    /// - Throws: `StorageError.invalidState` when the sweep has ended already.
    public func cancel(sweep id: String) async throws -> (sweep: SweepRecord, orphans: OrphanedFiles) {
        let now = now
        return try await write("cancelling a sweep") { database in
            let sweep = try Self.sweep(id, in: database)
            guard !sweep.state.isFinal else {
                throw StorageError.ended("sweep", id, sweep.state.rawValue, toBe: "cancelled")
            }
            let orphans = try Self.cancel(sweep: id, reason: nil, at: now, in: database)
            return (try Self.sweep(id, in: database), orphans)
        }
    }

    /// - Parameter reason: why, where nobody asked for it.
    static func cancel(sweep id: String, reason: String?, at now: Instant, in database: Database) throws
        -> OrphanedFiles
    {
        let runs = try Int64.fetchAll(
            database,
            sql: """
                UPDATE run SET state = 'cancelled', finished_at = ?2, lease_expires_at = NULL, not_before = NULL,
                    pause = NULL, reason = ?3, \(forgetStopSQL), version = version + 1
                WHERE sweep_seq = (SELECT seq FROM sweep WHERE id = ?1) AND state IN ('queued', 'running', 'paused')
                RETURNING seq
                """,
            arguments: [id, now, reason])
        var orphans = OrphanedFiles()
        for run in runs { orphans += try dropFiles(ofRun: run, in: database) }
        // Those that had failed can be run again no more.
        orphans.checkpoints += try String.fetchAll(
            database,
            sql: """
                DELETE FROM checkpoint WHERE run_seq IN (SELECT run.seq FROM run JOIN sweep ON sweep.seq = run.sweep_seq
                    WHERE sweep.id = ? AND run.state = 'failed') RETURNING file
                """,
            arguments: [id])
        try database.execute(
            sql:
                "UPDATE sweep SET state = 'cancelled', plan_open = 0, finished_at = ?, reason = ?, version = version + 1 WHERE id = ?",
            arguments: [now, reason, id])
        return orphans
    }

    /// Mean seconds per training image over the epochs timed so far, by depth; what an ETA is made of.
    public func secondsPerImage(sweep id: String) async throws -> [Int: Double] {
        try await read("reading a sweep's pace") { database in
            let rows = try Row.fetchAll(
                database,
                sql: """
                    SELECT depth, sum(seconds) AS seconds, sum(images) AS images
                    FROM (SELECT run.depth, sum(epoch.seconds) AS seconds, max(epoch.images_seen) AS images
                          FROM sweep JOIN run ON run.sweep_seq = sweep.seq JOIN epoch ON epoch.run_seq = run.seq
                          WHERE sweep.id = ? GROUP BY run.seq)
                    GROUP BY depth
                    """,
                arguments: [id])
            return Dictionary(
                uniqueKeysWithValues: rows.map { row in
                    let images: Int = row["images"]
                    return (row["depth"], images == 0 ? 0 : row["seconds"] / Double(images))
                })
        }
    }

    /// Training images that the unfinished runs have still to see, by depth.
    public func imagesLeft(sweep id: String, batchSize: Int) async throws -> [Int: Int] {
        try await read("reading what is left of a sweep") { database in
            let rows = try Row.fetchAll(
                database,
                sql: """
                    SELECT run.depth, sum((run.epochs_total - run.epochs_done) * run.steps_per_epoch) AS steps
                    FROM run JOIN sweep ON sweep.seq = run.sweep_seq
                    WHERE sweep.id = ? AND run.state IN ('queued', 'running', 'paused') GROUP BY run.depth
                    """,
                arguments: [id])
            return Dictionary(uniqueKeysWithValues: rows.map { ($0["depth"], ($0["steps"] as Int) * batchSize) })
        }
    }

    private static func known(_ key: IdempotencyKey?, owner: String, in database: Database) throws -> String? {
        guard let key else { return nil }
        let row = try Row.fetchOne(
            database, sql: "SELECT sweep_id, request_hash FROM idempotency_key WHERE owner = ? AND key = ?",
            arguments: [owner, key.key])
        guard let row else { return nil }
        let hash: Data = row["request_hash"]
        guard [UInt8](hash) == key.requestHash else { throw StorageError.idempotencyMismatch }
        return row["sweep_id"]
    }

    static func sweep(_ id: String, in database: Database) throws -> SweepRecord {
        guard
            let row = try Row.fetchOne(database, sql: "\(SweepRecord.select) WHERE sweep.id = ?", arguments: [id])
        else { throw StorageError.notFound(kind: "sweep", id: id) }
        return try sweep(row: row, in: database)
    }

    private static func sweep(row: Row, in database: Database) throws -> SweepRecord {
        let seq: Int64 = row["seq"]
        var counts: [RunState: Int] = [:]
        var done = 0
        var total = 0
        var steps = 0
        let groups = try Row.fetchAll(
            database,
            sql: """
                SELECT state, count(*) AS runs, sum(epochs_done) AS done, sum(epochs_total) AS total,
                    sum(epochs_done * steps_per_epoch) AS steps
                FROM run WHERE sweep_seq = ? GROUP BY state
                """,
            arguments: [seq])
        for group in groups {
            let state: RunState = try group.state("state")
            counts[state] = group["runs"]
            done += group["done"]
            steps += group["steps"]
            // What was stopped early has nothing left to do.
            total += state == .stoppedEarly ? group["done"] : group["total"]
        }
        return try SweepRecord(row: row, runs: counts, epochsDone: done, epochsTotal: total, stepsDone: steps)
    }
}
