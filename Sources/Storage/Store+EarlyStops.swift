import GRDB

extension Store {
    /// Has the worker that holds a run end it, with a forecast for what it does not train. The order lasts as long as the
    /// attempt: one that is handed back or lost is decided upon anew after its next epoch.
    ///
    /// - Returns: whether the run is to stop now: not where every epoch is on record already.
    /// - Throws: `StorageError.staleAttempt`.
    public func stopEarly(run id: String, attempt: Int, _ stop: EarlyStop) async throws -> Bool {
        try await write("ending a run early") { database in
            let seq = try Self.fence(id, attempt, in: database)
            try database.execute(
                sql: """
                    UPDATE run SET stop_low = ?2, stop_median = ?3, stop_high = ?4, stop_version = ?5
                    WHERE seq = ?1 AND epochs_done < epochs_total
                    """,
                arguments: [seq, stop.low, stop.median, stop.high, stop.surrogateVersion])
            return database.changesCount > 0
        }
    }

    /// What the worker that holds a run is to do.
    /// - Throws: `StorageError.staleAttempt`.
    public func standing(run id: String, attempt: Int) async throws -> RunStanding {
        try await lookUp("reading a worker's orders") { database in
            let statement = try database.cachedStatement(
                sql: """
                    SELECT pause, stop_version, tolerance, epochs_done, epochs_total FROM run
                    WHERE id = ? AND state = 'running' AND attempt = ?
                    """)
            guard let row = try Row.fetchOne(statement, arguments: [id, attempt]) else {
                throw try Self.stale(id, attempt, in: database)
            }
            // Before a pause: what is about to end needs no checkpoint.
            let order: WorkerOrder? = row["stop_version"] != nil ? .stopEarly : row["pause"] != nil ? .pause : nil
            return RunStanding(
                order: order, tolerance: row["tolerance"], epochsDone: row["epochs_done"],
                epochsTotal: row["epochs_total"])
        }
    }

    /// The same in a word.
    public func order(run id: String, attempt: Int) async throws -> WorkerOrder? {
        try await standing(run: id, attempt: attempt).order
    }

    /// What takes back an order to stop, in an UPDATE of runs.
    static let forgetStopSQL = "stop_low = NULL, stop_median = NULL, stop_high = NULL, stop_version = NULL"
}
