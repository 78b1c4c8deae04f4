public import Foundation
import GRDB

/// The whole learning curve of a run that was trained elsewhere.
public struct ImportedCurve: Sendable {
    public var id: String
    public var name: String
    public var epochs: Int
    public var finalDSC: Double
    /// The caller's: points, and what is known of the run.
    public var contentJSON: String
    public var createdAt: Date

    init(row: Row) {
        id = row["id"]
        name = row["name"]
        epochs = row["epochs"]
        finalDSC = row["final_dsc"]
        contentJSON = row["content"]
        createdAt = row.date("created_at")
    }
}
