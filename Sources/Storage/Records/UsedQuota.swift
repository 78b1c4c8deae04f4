import Foundation
import GRDB

/// What a token may have, and what it has of that.
struct UsedQuota {
    let quota: TokenQuota
    /// Runs that are queued or paused; counted only where there is a quota of them.
    let waiting: Int
    let cpuSeconds: Double

    /// - Parameter row: `max_queued_runs, cpu_hours, cpu_seconds, waiting`.
    init(row: Row) {
        quota = TokenQuota(maxQueuedRuns: row["max_queued_runs"], cpuHours: row["cpu_hours"])
        waiting = row["waiting"]
        cpuSeconds = row["cpu_seconds"]
    }

    func hasRoom(for runs: Int) -> Bool { quota.maxQueuedRuns.map { waiting + runs <= $0 } ?? true }

    /// - Throws: `StorageError.overQuota`.
    func checkRuns(adding runs: Int) throws {
        guard let most = quota.maxQueuedRuns, !hasRoom(for: runs) else { return }
        throw StorageError.overQuota(
            "the token may have \(most) runs waiting, queued or paused; it has \(waiting) and asks for \(runs) more: "
                + (runs > most
                    ? "ask for fewer at a time, or have an admin raise its quota (plateau token limit)"
                    : "wait for some to train, or cancel some"))
    }

    /// - Throws: `StorageError.overQuota`.
    func checkHours() throws {
        guard let hours = quota.cpuHours, cpuSeconds >= hours * 3600 else { return }
        throw StorageError.overQuota(
            String(format: "the token's CPU-hours are used up: %.6g of %.6g", cpuSeconds / 3600, hours)
                + ": ask an admin for more (plateau token limit)")
    }
}
