public import Foundation
import GRDB

/// A run with the last point of its curve.
public struct RunRecord: Sendable {
    public var id: String
    public var sweepID: String
    public var state: RunState
    public var size: Int
    public var fraction: Double
    public var depth: Int
    public var seed: Int
    public var subsetHash: String
    public var stepsPerEpoch: Int
    public var epochsTotal: Int
    public var epochsDone: Int
    public var parameterCount: Int
    /// Claims so far; the fence of every write by a worker.
    public var attempt: Int
    /// Attempts since the last new epoch that ended in an error or a lost lease.
    public var failures: Int
    /// Not to be claimed before that; nil where nothing keeps it waiting.
    public var notBefore: Date?
    /// Who holds the run back; nil where nobody does. A run that is still running is paused once its worker lets go of it.
    public var pause: RunPause?
    public var worker: String?
    public var bestValDSC: Double?
    /// How wide the 90 % interval of its forecast may be for it to be stopped; nil where it trains every epoch.
    public var tolerance: Double?
    /// Why it is to stop, or has stopped, before its last epoch.
    public var stop: EarlyStop?
    /// As the network was when the run ended: where it was stopped early, at the stop.
    public var testDSC: Double?
    public var testDSCSD: Double?
    public var testCases: Int?
    /// DSC of each foreground class as the caller's JSON; nil where none was reported.
    public var testDSCByClassJSON: String?
    /// Trained weights that can be had; nil until the run has succeeded or was stopped early, and where its worker sent none.
    public var model: ModelRecord?
    public var error: String?
    /// Why the run was cancelled; nil where somebody asked for it.
    public var reason: String?
    /// Grows with every change of the run.
    public var version: Int
    public var last: EpochRecord?
    public var createdAt: Date
    public var startedAt: Date?
    public var finishedAt: Date?

    init(row: Row) throws {
        id = row["id"]
        sweepID = row["sweep_id"]
        state = try row.state("state")
        size = row["size"]
        fraction = row["fraction"]
        depth = row["depth"]
        seed = row["seed"]
        subsetHash = row["subset_hash"]
        stepsPerEpoch = row["steps_per_epoch"]
        epochsTotal = row["epochs_total"]
        epochsDone = row["epochs_done"]
        parameterCount = row["parameter_count"]
        attempt = row["attempt"]
        failures = row["failures"]
        notBefore = row.dateIfAny("not_before")
        pause = try row.wordIfAny("pause")
        worker = row["worker"]
        bestValDSC = row["best_val_dsc"]
        tolerance = row["tolerance"]
        stop =
            row["stop_version"] == nil
            ? nil
            : EarlyStop(
                low: row["stop_low"], median: row["stop_median"], high: row["stop_high"],
                surrogateVersion: row["stop_version"])
        testDSC = row["test_dsc"]
        testDSCSD = row["test_dsc_sd"]
        testCases = row["test_cases"]
        testDSCByClassJSON = row["test_dsc_by_class"]
        model =
            row["model_file"] == nil
            ? nil
            : ModelRecord(
                attempt: row["model_attempt"], file: row["model_file"], bytes: row["model_bytes"],
                sha256: row["model_sha256"])
        error = row["error"]
        reason = row["reason"]
        version = row["version"]
        last = row["epoch"] == nil ? nil : EpochRecord(row: row)
        createdAt = row.date("created_at")
        startedAt = row.dateIfAny("started_at")
        finishedAt = row.dateIfAny("finished_at")
    }

    static let select = """
        SELECT run.*, sweep.id AS sweep_id, epoch.epoch, epoch.train_loss, epoch.val_loss, epoch.val_dsc,
               epoch.learning_rate, epoch.seconds, epoch.images_seen, model.attempt AS model_attempt,
               model.file AS model_file, model.bytes AS model_bytes, model.sha256 AS model_sha256
        FROM run JOIN sweep ON sweep.seq = run.sweep_seq
        LEFT JOIN epoch ON epoch.run_seq = run.seq AND epoch.epoch = run.epochs_done
        LEFT JOIN model ON model.run_seq = run.seq AND run.state IN ('succeeded', 'stopped_early')
        """
}

extension Row {
    /// A state column; the schema's CHECK leaves no other words, so any other means a damaged file.
    func state<State: RawRepresentable>(_ column: String) throws -> State where State.RawValue == String {
        guard let state: State = try wordIfAny(column) else {
            throw StorageError.corrupt(operation: "reading a state", detail: "there is none")
        }
        return state
    }

    /// The same where there may be none.
    func wordIfAny<Word: RawRepresentable>(_ column: String) throws -> Word? where Word.RawValue == String {
        guard let text: String = self[column] else { return nil }
        guard let word = Word(rawValue: text) else {
            throw StorageError.corrupt(operation: "reading a state", detail: "unknown state \(text)")
        }
        return word
    }
}
