public import Foundation
import GRDB

/// The runs of one state.
public struct QueueDepth: Sendable, Hashable {
    public var state: RunState
    public var runs: Int
    /// When the one that was submitted first was.
    public var oldest: Date
}

extension Store {
    /// Of each state that some run has. Reads every run.
    public func queueDepths() async throws -> [QueueDepth] {
        try await read("counting runs") { database in
            try Row.fetchAll(
                database, sql: "SELECT state, count(*) AS runs, min(created_at) AS oldest FROM run GROUP BY state"
            ).map { QueueDepth(state: try $0.state("state"), runs: $0["runs"], oldest: $0.date("oldest")) }
        }
    }

    /// How many files of each kind rows name, and how many bytes they have.
    public func fileTotals() async throws -> [StoredFile.Kind: (files: Int, bytes: Int)] {
        try await read("counting files") { database in
            var totals: [StoredFile.Kind: (files: Int, bytes: Int)] = [:]
            for kind in StoredFile.Kind.allCases {
                let row = try Row.fetchOne(
                    database, sql: "SELECT count(*) AS files, coalesce(sum(bytes), 0) AS bytes FROM \(kind.rawValue)")
                if let row { totals[kind] = (row["files"], row["bytes"]) }
            }
            return totals
        }
    }

    /// Runs that a worker holds and has been heard of in time.
    public var runsInTraining: Int { leases.count(at: configuration.uptime()) }

    /// Bytes of the database and of its log.
    public var databaseBytes: Int {
        ["", "-wal"].reduce(0) { sum, ending in
            let size = try? FileManager.default.attributesOfItem(atPath: configuration.path + ending)[.size] as? Int
            return sum + (size ?? 0)
        }
    }
}
