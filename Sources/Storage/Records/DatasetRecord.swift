public import Foundation
import GRDB

/// A registered data set. The JSON texts are the caller's: the store checks only that they are JSON.
public struct DatasetRecord: Sendable {
    public var id: String
    public var name: String
    /// Canonical, absolute.
    public var path: String
    public var layout: String
    public var dimensions: Int
    public var channels: Int
    /// SHA-256 in hex over everything that was registered.
    public var dataHash: String
    /// Counts, sizes and problems, as the API shows them.
    public var factsJSON: String
    public var createdAt: Date

    init(row: Row) {
        id = row["id"]
        name = row["name"]
        path = row["path"]
        layout = row["layout"]
        dimensions = row["dimensions"]
        channels = row["channels"]
        dataHash = row["data_hash"]
        factsJSON = row["facts"]
        createdAt = row.date("created_at")
    }

    /// Every column but the large ones.
    static let columns = "seq, id, name, path, layout, dimensions, channels, data_hash, facts, created_at"
}

/// A data set to register.
public struct NewDataset: Sendable {
    public var name: String
    public var path: String
    public var layout: String
    public var dimensions: Int
    public var channels: Int
    public var dataHash: String
    public var factsJSON: String
    /// The case ids of train pool, validation and test.
    public var splitJSON: String
    public var manifestJSON: String

    public init(
        name: String, path: String, layout: String, dimensions: Int, channels: Int, dataHash: String,
        factsJSON: String, splitJSON: String, manifestJSON: String
    ) {
        self.name = name
        self.path = path
        self.layout = layout
        self.dimensions = dimensions
        self.channels = channels
        self.dataHash = dataHash
        self.factsJSON = factsJSON
        self.splitJSON = splitJSON
        self.manifestJSON = manifestJSON
    }
}
