import GRDB

/// What a worker needs to know of the run that it was given. Runs are claimed by the thousand, and a `RunRecord` has five
/// times as many columns.
public struct ClaimedRun: Sendable {
    public var id: String
    public var sweepID: String
    public var size: Int
    public var depth: Int
    public var seed: Int
    public var stepsPerEpoch: Int
    public var epochsTotal: Int
    public var epochsDone: Int
    /// The fence of every write for the run, from 1.
    public var attempt: Int

    static let select = """
        SELECT run.id, sweep.id, size, depth, seed, steps_per_epoch, epochs_total, epochs_done, attempt
        FROM run JOIN sweep ON sweep.seq = run.sweep_seq
        """

    /// - Parameter row: of `select`.
    init(row: Row) {
        id = row[0]
        sweepID = row[1]
        size = row[2]
        depth = row[3]
        seed = row[4]
        stepsPerEpoch = row[5]
        epochsTotal = row[6]
        epochsDone = row[7]
        attempt = row[8]
    }
}
