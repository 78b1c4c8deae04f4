import GRDB

/// Where the trained weights of a run lie.
public struct ModelRecord: Sendable, Hashable {
    /// The attempt that trained them.
    public var attempt: Int
    /// The file's name in the folder of models.
    public var file: String
    public var bytes: Int
    /// In hex.
    public var sha256: String

    public init(attempt: Int, file: String, bytes: Int, sha256: String) {
        self.attempt = attempt
        self.file = file
        self.bytes = bytes
        self.sha256 = sha256
    }

    init(row: Row) {
        attempt = row["attempt"]
        file = row["file"]
        bytes = row["bytes"]
        sha256 = row["sha256"]
    }
}
