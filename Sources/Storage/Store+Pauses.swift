import GRDB

/// Holding runs back, one by one or a sweep at a time. Every run keeps its place in the queue, its checkpoint and what it
/// has on record.
extension Store {
    /// A queued run is paused at once. One in training stays `running`, with `pause` set, until its worker lets go of it,
    /// fails or is lost, and is paused then; where the worker ends it first, it has ended.
    ///
    /// - Throws: `StorageError.invalidState` when the run has ended, or was paused on its own before.
    public func pause(run id: String) async throws -> RunRecord {
        let now = now
        return try await write("pausing a run") { database in
            let run = try Self.run(id, in: database)
            guard !run.state.isFinal else { throw StorageError.ended("run", id, run.state.rawValue, toBe: "paused") }
            guard run.pause != .run else {
                throw StorageError.invalidState(
                    run.state == .running
                        ? "the run \(id) is running, and is paused as soon as its worker lets go of it: there is no more to do"
                        : "the run \(id) is paused already: resume it to have it go on")
            }
            let seq = try Self.seq(ofRun: id, in: database)
            try Self.setPause("run.seq = ?2", seq, to: .run, in: database)
            try Self.settleSweep(ofRun: seq, at: now, in: database)
            return try Self.run(id, in: database)
        }
    }

    /// Gives a paused run its place in the queue again, or takes back that one in training is to be paused.
    ///
    /// - Throws: `StorageError.invalidState` when the run is not paused, or its sweep is.
    public func resume(run id: String) async throws -> RunRecord {
        let now = now
        return try await write("resuming a run") { database in
            let run = try Self.run(id, in: database)
            guard run.pause != nil else {
                throw StorageError.invalidState(
                    "the run \(id) is \(run.state.rawValue): only one that is paused can be resumed"
                        + (run.state == .failed ? "; rerun it instead" : ""))
            }
            guard try Self.sweep(run.sweepID, in: database).state != .paused else {
                throw StorageError.invalidState(
                    "the run \(id) is \(run.state.rawValue), and its sweep is paused: resume \(run.sweepID)")
            }
            let seq = try Self.seq(ofRun: id, in: database)
            try Self.setPause("run.seq = ?2", seq, to: nil, in: database)
            try Self.settleSweep(ofRun: seq, at: now, in: database)
            return try Self.run(id, in: database)
        }
    }

    /// Pauses every run of a sweep that has not ended and was not paused on its own. The sweep is `paused` at once, while
    /// workers may still be about to let go of its runs.
    ///
    /// - Throws: `StorageError.invalidState` when the sweep has ended or is paused already.
    public func pause(sweep id: String) async throws -> SweepRecord {
        try await write("pausing a sweep") { database in
            let sweep = try Self.sweep(id, in: database)
            guard !sweep.state.isFinal else {
                throw StorageError.ended("sweep", id, sweep.state.rawValue, toBe: "paused")
            }
            guard sweep.state != .paused else {
                throw StorageError.invalidState("the sweep \(id) is paused already: resume it to have it go on")
            }
            let seq = try Self.seq(ofSweep: id, in: database)
            try Self.setPause("run.sweep_seq = ?2 AND run.pause IS NULL", seq, to: .sweep, in: database)
            try database.execute(
                sql: "UPDATE sweep SET state = 'paused', version = version + 1 WHERE seq = ?", arguments: [seq])
            return try Self.sweep(id, in: database)
        }
    }

    /// Lets a paused sweep go on. Runs that were paused on their own stay so.
    ///
    /// - Throws: `StorageError.invalidState` when the sweep is not paused.
    public func resume(sweep id: String) async throws -> SweepRecord {
        try await write("resuming a sweep") { database in
            let sweep = try Self.sweep(id, in: database)
            guard sweep.state == .paused else {
                throw StorageError.invalidState(
                    "the sweep \(id) is \(sweep.state.rawValue): only one that is paused can be resumed")
            }
            let seq = try Self.seq(ofSweep: id, in: database)
            try Self.setPause("run.sweep_seq = ?2 AND run.pause = 'sweep'", seq, to: nil, in: database)
            try database.execute(
                sql: """
                    UPDATE sweep SET state = iif(started_at IS NULL, 'queued', 'running'), version = version + 1
                    WHERE seq = ?
                    """,
                arguments: [seq])
            return try Self.sweep(id, in: database)
        }
    }

    // MARK: -

    /// Of the unfinished runs that `condition` names, with `key` for its `?2`.
    private static func setPause(_ condition: String, _ key: Int64, to pause: RunPause?, in database: Database) throws {
        try database.execute(
            sql: """
                UPDATE run SET pause = ?1, not_before = NULL, version = version + 1,
                    state = CASE WHEN state = 'running' THEN state WHEN ?1 IS NULL THEN 'queued' ELSE 'paused' END
                WHERE \(condition) AND state IN ('queued', 'running', 'paused')
                """,
            arguments: [pause?.rawValue, key])
    }

    private static func seq(ofSweep id: String, in database: Database) throws -> Int64 {
        guard let seq = try Int64.fetchOne(database, sql: "SELECT seq FROM sweep WHERE id = ?", arguments: [id])
        else { throw StorageError.notFound(kind: "sweep", id: id) }
        return seq
    }
}
