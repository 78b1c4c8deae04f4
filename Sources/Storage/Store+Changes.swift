import GRDB

/// What happened, in order, for clients that follow it.
extension Store {
    /// What happened to a sweep and its runs after `position`, at most `limit` changes.
    /// - Throws: `StorageError.notFound`.
    public func changes(ofSweep id: String, after position: Change.Position, limit: Int) async throws -> [Change] {
        try await read("reading a sweep's changes") { database in
            let sweep = try Self.sweep(id, in: database)
            guard
                let row = try Row.fetchOne(
                    database, sql: "SELECT seq, moment FROM sweep WHERE id = ?", arguments: [id])
            else { throw StorageError.notFound(kind: "sweep", id: id) }
            var changes = try Self.changes(
                ofRuns: "run.sweep_seq = ?1", row["seq"], after: position, limit: limit, in: database)
            let own = Change(position: .init(moment: row["moment"], run: 0, epoch: 0), content: .sweep(sweep))
            if own.position > position { changes.append(own) }
            return Array(changes.sorted { $0.position < $1.position }.prefix(limit))
        }
    }

    /// The same of one run.
    public func changes(ofRun id: String, after position: Change.Position, limit: Int) async throws -> [Change] {
        try await read("reading a run's changes") { database in
            let changes = try Self.changes(
                ofRuns: "run.seq = ?1", Self.seq(ofRun: id, in: database), after: position, limit: limit, in: database)
            return Array(changes.sorted { $0.position < $1.position }.prefix(limit))
        }
    }

    /// The first epochs and the first states after a position, `limit` of each.
    private static func changes(
        ofRuns condition: String, _ key: Int64, after position: Change.Position, limit: Int, in database: Database
    ) throws -> [Change] {
        let arguments: StatementArguments = [key, position.moment, position.run, position.epoch, limit]
        let epochs = try Row.fetchAll(
            database,
            sql: """
                SELECT epoch.*, run.id AS run_id FROM run JOIN epoch ON epoch.run_seq = run.seq
                WHERE \(condition) AND run.last_moment >= ?2
                AND (epoch.moment, epoch.run_seq, epoch.epoch) > (?2, ?3, ?4)
                ORDER BY epoch.moment, epoch.run_seq, epoch.epoch LIMIT ?5
                """,
            arguments: arguments)
        let states = try Row.fetchAll(
            database,
            sql: """
                \(RunRecord.select) WHERE \(condition) AND run.last_moment >= ?2
                AND (run.moment, run.seq, 0) > (?2, ?3, ?4) ORDER BY run.moment, run.seq LIMIT ?5
                """,
            arguments: arguments)
        return epochs.map { row in
            Change(
                position: .init(moment: row["moment"], run: row["run_seq"], epoch: row["epoch"]),
                content: .epoch(EpochRecord(row: row), runID: row["run_id"]))
        }
            + (try states.map { row in
                Change(
                    position: .init(moment: row["moment"], run: row["seq"], epoch: 0),
                    content: .run(try RunRecord(row: row)))
            })
    }
}
