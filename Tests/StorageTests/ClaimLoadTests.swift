import Foundation
import GRDB
import Testing

@testable import Storage

/// Many runs and many workers. `PLATEAU_SLOW_TESTS=1` makes it 100,000 claims, and their times are checked.
@Suite struct ClaimLoadTests {
    private static let isSlow = ProcessInfo.processInfo.environment["PLATEAU_SLOW_TESTS"] == "1"

    /// Of 40 submitters and 5 priorities, 1,000 runs a sweep at most.
    private func fill(_ test: TemporaryStore, runs: Int) async throws {
        let dataset = try await test.addDataset()
        for (index, start) in stride(from: 0, to: runs, by: 1000).enumerated() {
            _ = try await test.store.insert(
                test.sweep(
                    dataset, runs: min(1000, runs - start), submitter: "tok_\(index % 40)", priority: index % 5 - 2))
        }
    }

    @Test func eightWorkersNeverGetTheSameRun() async throws {
        let test = try TemporaryStore()
        let runs = Self.isSlow ? 100_000 : 3000
        try await fill(test, runs: runs)
        let claims = try await withThrowingTaskGroup(of: [(id: String, worker: String)].self) { group in
            for worker in 0..<8 {
                group.addTask {
                    let name = "w\(worker)"
                    var mine: [(String, String)] = []
                    while let run = try await test.store.claim(worker: name, leaseSeconds: 20) {
                        #expect(run.attempt == 1)
                        mine.append((run.id, name))
                    }
                    return mine
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(claims.count == runs)
        #expect(Set(claims.map(\.id)).count == runs)
        let workers = try await test.store.read("reading who holds what") { database in
            let rows = try Row.fetchAll(database, sql: "SELECT id, worker FROM run")
            return Dictionary(uniqueKeysWithValues: rows.map { ($0["id"] as String, $0["worker"] as String?) })
        }
        #expect(claims.allSatisfy { workers[$0.id] == $0.worker })
    }

    /// One worker at a time, so that what is measured is the claim and not the wait for the seven others.
    @Test(.enabled(if: isSlow)) func aClaimAmongAHundredThousandIsQuick() async throws {
        let test = try TemporaryStore()
        try await fill(test, runs: 100_000)
        var times: [Double] = []
        for _ in 0..<2000 {
            let clock = ContinuousClock()
            var claimed: ClaimedRun?
            let time = try await clock.measure { claimed = try await test.store.claim(worker: "w", leaseSeconds: 20) }
            #expect(claimed != nil)
            times.append(time / .milliseconds(1))
        }
        times.sort()
        print("claim with 100,000 runs queued: median \(times[1000]) ms, p99 \(times[1980]) ms")
        #expect(times[1980] < 5)
    }

    /// What makes it quick: no part of the choice walks along the runs.
    @Test func aClaimLooksUpRunsByIndex() async throws {
        let test = try TemporaryStore()
        try await fill(test, runs: 10)
        let plan = try await test.store.pool.read { database in
            try Row.fetchAll(database, sql: "EXPLAIN QUERY PLAN " + Store.turnSQL, arguments: [0])
                .map { $0["detail"] as String }
        }
        // The first is the best priority: the index from its end, one row.
        #expect(
            plan.filter { $0.contains(" run") }.sorted() == [
                "SCAN run USING INDEX run_queued",
                "SEARCH run USING INDEX run_queued (priority=? AND submitter=?)",
            ], "\(plan)")
    }

    /// A temporary table takes SQLite as long as a dozen look-ups.
    @Test func aClaimMakesNoTemporaryTable() async throws {
        let test = try TemporaryStore()
        try await fill(test, runs: 10)
        let steps = try await test.store.pool.read { database in
            try Row.fetchAll(database, sql: "EXPLAIN " + Store.turnSQL, arguments: [0]).map { $0["opcode"] as String }
        }
        #expect(steps.contains("SeekGE"))
        #expect(!steps.contains { $0.hasPrefix("OpenEphemeral") || $0.hasPrefix("Sorter") }, "\(steps)")
    }
}
