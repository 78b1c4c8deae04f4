import GRDB

/// Where a checkpoint of a run lies.
public struct CheckpointRecord: Sendable, Hashable {
    /// The attempt that saved it.
    public var attempt: Int
    /// Epochs complete.
    public var epoch: Int
    /// Optimizer steps done.
    public var step: Int
    /// The file's name in the folder of checkpoints.
    public var file: String
    public var bytes: Int
    /// In hex.
    public var sha256: String

    public init(attempt: Int, epoch: Int, step: Int, file: String, bytes: Int, sha256: String) {
        self.attempt = attempt
        self.epoch = epoch
        self.step = step
        self.file = file
        self.bytes = bytes
        self.sha256 = sha256
    }

    init(row: Row) {
        attempt = row["attempt"]
        epoch = row["epoch"]
        step = row["step"]
        file = row["file"]
        bytes = row["bytes"]
        sha256 = row["sha256"]
    }
}
