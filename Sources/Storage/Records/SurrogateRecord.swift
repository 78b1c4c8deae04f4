public import Foundation
import GRDB

/// A trained surrogate.
public struct SurrogateRecord: Sendable {
    /// Counted from 1.
    public var version: Int
    public var bytes: [UInt8]
    /// Finished curves it was trained on.
    public var curves: Int
    /// How it compared on held-out runs, as JSON.
    public var figuresJSON: String
    public var createdAt: Date

    init(row: Row) {
        version = row["version"]
        let data: Data = row["bytes"]
        bytes = [UInt8](data)
        curves = row["curves"]
        figuresJSON = row["figures"]
        createdAt = row.date("created_at")
    }
}

/// A finished run with its whole curve, to train a surrogate on.
public struct FinishedRun: Sendable {
    public var run: RunRecord
    public var dimensions: Int
    public var curve: [EpochRecord]
}
