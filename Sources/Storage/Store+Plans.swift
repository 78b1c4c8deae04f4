import GRDB

/// Adaptive sweeps. What to run next follows from what is stored alone, and is queued only if that is still so: a choice
/// that was lost with the server is made again, and one that was made twice is queued once.
extension Store {
    /// The sweeps that may have more runs and none queued; not those that are paused. One whose token may have no more runs
    /// waiting gets none, until others of its runs train.
    public func duePlans() async throws -> [DuePlan] {
        try await read("looking for sweeps to plan") { database in
            try Row.fetchAll(database, sql: Self.duePlansSQL).map {
                DuePlan(sweepID: $0["id"], running: $0["running"], hasRoom: $0["has_room"], planJSON: $0["plan"])
            }
        }
    }

    static let duePlansSQL = """
        SELECT id, (SELECT count(*) FROM run WHERE sweep_seq = sweep.seq AND state = 'running') AS running, plan,
            NOT EXISTS (SELECT 1 FROM token WHERE token.id = sweep.submitter AND max_queued_runs <= \(waitingRuns)) AS has_room
        FROM sweep INDEXED BY sweep_planned WHERE plan_open = 1 AND state IN ('queued', 'running')
        AND NOT EXISTS (SELECT 1 FROM run WHERE sweep_seq = sweep.seq AND state = 'queued')
        """

    /// The sweep and all of its runs, as they stood at one time.
    /// - Throws: `StorageError.notFound`.
    public func planBasis(sweep id: String) async throws -> PlanBasis {
        try await read("reading what a plan rests on") { database in
            PlanBasis(
                sweep: try Self.sweep(id, in: database),
                runs: try Row.fetchAll(
                    database, sql: "\(RunRecord.select) WHERE sweep.id = ? ORDER BY run.seq", arguments: [id]
                ).map(RunRecord.init(row:)))
        }
    }

    /// Queues what was chosen, or ends the choice, and with it the sweep where no run is left to end.
    ///
    /// - Returns: the sweep; nil where it has other runs by now, or others that have ended, than the basis, or wants no more,
    ///   or where its token may not have that many more runs waiting for now: then nothing was changed.
    /// - Throws: `StorageError.overQuota` where the submitter's CPU-hours are used up.
    public func apply(_ step: PlanStep, to basis: PlanBasis) async throws -> SweepRecord? {
        let runIDs = step.runs.map { _ in identifiers.make("run") }
        let now = now
        let id = basis.sweep.id
        return try await write("planning a sweep") { database -> SweepRecord? in
            let row = try Row.fetchOne(
                database,
                sql: """
                    SELECT seq, coalesce(submitter, '') AS submitter, specification FROM sweep
                    WHERE id = ? AND plan_open = 1 AND state IN ('queued', 'running')
                    """,
                arguments: [id])
            guard let row, row["specification"] == basis.sweep.specificationJSON,
                try Self.standing(ofRuns: row["seq"], in: database) == basis.runs.map({ [$0.id, $0.state.phase] })
            else { return nil }
            let seq: Int64 = row["seq"]
            if !step.runs.isEmpty {
                let quota = try Self.quota(of: row["submitter"], in: database)
                guard quota.map({ $0.hasRoom(for: step.runs.count) }) ?? true else { return nil }
                try quota?.checkHours()
            }
            try Self.insert(step.runs, ids: runIDs, intoSweep: id, at: now, in: database)
            try database.execute(
                sql: "UPDATE sweep SET plan = ?, plan_open = ?, version = version + 1 WHERE seq = ?",
                arguments: [step.planJSON, step.isOpen, seq])
            try Self.endSweep(seq, at: now, in: database)
            return try Self.sweep(id, in: database)
        }
    }

    /// Which cells of a sweep have runs.
    public func cells(ofSweep id: String) async throws -> [(size: Int, depth: Int, seed: Int)] {
        try await read("reading a sweep's cells") { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT size, depth, run.seed FROM run JOIN sweep ON sweep.seq = run.sweep_seq WHERE sweep.id = ?
                    """,
                arguments: [id]
            ).map { ($0["size"], $0["depth"], $0["seed"]) }
        }
    }

    private static func standing(ofRuns sweep: Int64, in database: Database) throws -> [[String]] {
        try Row.fetchAll(
            database, sql: "SELECT id, state FROM run WHERE sweep_seq = ? ORDER BY seq", arguments: [sweep]
        )
        .map { row in
            let state: RunState = try row.state("state")
            return [row["id"], state.phase]
        }
    }
}

extension RunState {
    /// As far as a plan depends on it.
    fileprivate var phase: String { isFinal ? rawValue : "unfinished" }
}
