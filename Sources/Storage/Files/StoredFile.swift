import GRDB

/// A file beside the database that a row names.
public struct StoredFile: Sendable, Hashable {
    public enum Kind: String, Sendable, CaseIterable {
        case checkpoint, model
    }

    public var kind: Kind
    /// The run that it is of.
    public var run: String
    /// Its name in the folder of its kind.
    public var name: String
    public var bytes: Int
    /// In hex.
    public var sha256: String

    init(_ kind: Kind, row: Row) {
        self.kind = kind
        run = row["run"]
        name = row["file"]
        bytes = row["bytes"]
        sha256 = row["sha256"]
    }
}
