import Foundation
import GRDB

/// Where sweeps and tokens end.
extension Store {
    /// Cancels every sweep whose deadline has passed or whose CPU-hours are used up, and says so in it and in its runs.
    ///
    /// - Returns: the sweeps, and the files that nothing refers to any more.
    public func endLimitedSweeps() async throws -> (sweeps: [SweepRecord], orphans: OrphanedFiles) {
        let now = now
        let due = try await read("looking for sweeps at their limits") { try Self.sweepsAtLimits(now, in: $0) }
        guard !due.isEmpty else { return ([], OrphanedFiles()) }
        return try await write("ending sweeps at their limits") { database in
            // Looked up again: one may have ended meanwhile.
            let due = try Self.sweepsAtLimits(now, in: database)
            var orphans = OrphanedFiles()
            for (id, reason) in due {
                orphans += try Self.cancel(sweep: id, reason: reason, at: now, in: database)
            }
            return (try due.map { try Self.sweep($0.id, in: database) }, orphans)
        }
    }

    private static func sweepsAtLimits(_ now: Instant, in database: Database) throws -> [(id: String, reason: String)] {
        let rows = try Row.fetchAll(database, sql: limitedSQL, arguments: [now])
        return rows.map { row in
            if let deadline: Instant = row["deadline"], deadline <= now {
                return (row["id"], "the sweep's deadline, \(deadline.date.formatted(.iso8601)), has passed")
            }
            let (used, allowed): (Double, Double) = (row["cpu_seconds"], row["cpu_hours"])
            return (
                row["id"],
                String(format: "the sweep's CPU-hours are used up: %.6g of %.6g", used / 3600, allowed)
            )
        }
    }

    /// ?1 now.
    static let limitedSQL = """
        SELECT id, deadline, cpu_hours, cpu_seconds FROM sweep INDEXED BY sweep_limited
        WHERE state IN ('queued', 'running', 'paused') AND (deadline IS NOT NULL OR cpu_hours IS NOT NULL)
        AND (deadline <= ?1 OR cpu_seconds >= cpu_hours * 3600)
        """

    /// Gives a sweep another priority or other limits: its unfinished runs come sooner or later, those in training go on.
    ///
    /// - Precondition: the priority is in `SweepRecord.priorities`.
    /// - Throws: `StorageError.deadlinePassed`; `.invalidState` when the sweep has ended already, or has used as many
    ///   CPU-hours as it is to have: neither is a way to end a sweep, which nobody would see it was meant for.
    public func change(sweep id: String, _ change: SweepChange) async throws -> SweepRecord {
        precondition(change.priority.map(SweepRecord.priorities.contains) ?? true)
        let now = now
        return try await write("changing a sweep") { database in
            let sweep = try Self.sweep(id, in: database)
            guard !sweep.state.isFinal else {
                throw StorageError.ended("sweep", id, sweep.state.rawValue, toBe: "changed")
            }
            if case .set(let deadline) = change.deadline, Instant(deadline) <= now { throw StorageError.deadlinePassed }
            if case .set(let hours) = change.cpuHours, sweep.cpuSeconds >= hours * 3600 {
                let used = String(format: "%.6g", sweep.cpuSeconds / 3600)
                throw StorageError.invalidState(
                    "the sweep \(id) is \(sweep.state.rawValue) and has used \(used) CPU-hours already: give it more than "
                        + "that, or cancel it")
            }
            try database.execute(
                sql: """
                    UPDATE sweep SET priority = ?2, deadline = ?3, cpu_hours = ?4, version = version + 1 WHERE id = ?1
                    """,
                arguments: [
                    id, change.priority ?? sweep.priority,
                    change.deadline.applied(to: sweep.limits.deadline).map(Instant.init),
                    change.cpuHours.applied(to: sweep.limits.cpuHours),
                ])
            if let priority = change.priority {
                try database.execute(
                    sql: "UPDATE run SET priority = ? WHERE sweep_seq = (SELECT seq FROM sweep WHERE id = ?)",
                    arguments: [priority, id])
            }
            return try Self.sweep(id, in: database)
        }
    }

    /// - Throws: `StorageError.overQuota` where a token may not have so many more runs.
    static func checkQuota(of submitter: String, adding runs: Int, in database: Database) throws {
        guard let quota = try quota(of: submitter, in: database) else { return }
        try quota.checkRuns(adding: runs)
        try quota.checkHours()
    }

    /// SQL for how many runs of a `token` wait, queued or paused.
    static let waitingRuns =
        "(SELECT count(*) FROM run WHERE run.submitter = token.id AND run.state IN ('queued', 'paused'))"

    /// Nil where the submitter is no token any more.
    static func quota(of submitter: String, in database: Database) throws -> UsedQuota? {
        let statement = try database.cachedStatement(
            sql: """
                SELECT max_queued_runs, cpu_hours, coalesce(submitter.cpu_seconds, 0) AS cpu_seconds,
                    iif(max_queued_runs IS NULL, 0, \(waitingRuns)) AS waiting
                FROM token LEFT JOIN submitter ON submitter.id = token.id WHERE token.id = ?
                """)
        return try Row.fetchOne(statement, arguments: [submitter]).map(UsedQuota.init(row:))
    }

    /// How long an idempotency key is known, in hours.
    public static let idempotencyHours = 7 * 24.0

    /// Forgets idempotency keys whose time is over: the same key then makes another sweep.
    public func forgetOldKeys() async throws {
        let limit = now.adding(seconds: -Self.idempotencyHours * 3600)
        let isAny = try await read("looking for old idempotency keys") { database in
            try Bool.fetchOne(
                database, sql: "SELECT EXISTS (SELECT 1 FROM idempotency_key WHERE created_at < ?)", arguments: [limit])
        }
        guard isAny == true else { return }
        try await write("forgetting old idempotency keys") { database in
            try database.execute(sql: "DELETE FROM idempotency_key WHERE created_at < ?", arguments: [limit])
        }
    }
}
