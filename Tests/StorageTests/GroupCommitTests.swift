import Dispatch
import GRDB
import Locks
import Testing

@testable import Storage

/// Writes that share a commit. The writer is held back until all of a batch wait for it.
@Suite struct GroupCommitTests {
    private struct Refusal: Error {}

    /// Counts transactions that reached the disk.
    private final class Commits: TransactionObserver, Sendable {
        private let made = Guarded(0)
        var count: Int { made.withLock { $0 } }

        func observes(eventsOfKind eventKind: DatabaseEventKind) -> Bool { false }
        func databaseDidChange(with event: DatabaseEvent) {}
        func databaseDidCommit(_ database: Database) { made.withLock { $0 += 1 } }
        func databaseDidRollback(_ database: Database) {}
    }

    private let test: TemporaryStore
    private let commits = Commits()

    init() throws {
        test = try TemporaryStore()
        try test.store.pool.write { try $0.execute(sql: "CREATE TABLE note (id INTEGER PRIMARY KEY, size INTEGER)") }
        test.store.pool.add(transactionObserver: commits, extent: .databaseLifetime)
    }

    /// Has the writes wait for each other.
    /// - Returns: what became of each, in order.
    private func together(_ bodies: [@Sendable (Database) throws -> Void]) async -> [Result<Void, any Error>] {
        let gate = DispatchSemaphore(value: 0)
        let store = test.store
        store.pool.asyncWriteWithoutTransaction { _ in gate.wait() }
        return await withTaskGroup(of: (Int, Result<Void, any Error>).self) { group in
            for (index, body) in bodies.enumerated() {
                group.addTask {
                    do {
                        return (index, .success(try await store.write("testing", body)))
                    } catch {
                        return (index, .failure(error))
                    }
                }
            }
            while store.commits.waitingCount < bodies.count { await Task.yield() }
            gate.signal()
            let results = await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
            return bodies.indices.compactMap { results[$0] }
        }
    }

    private func note(_ id: Int) -> @Sendable (Database) throws -> Void {
        { try $0.execute(sql: "INSERT INTO note VALUES (?, 1)", arguments: [id]) }
    }

    private func notes() async throws -> [Int] {
        try await test.store.read("reading notes") { try Int.fetchAll($0, sql: "SELECT id FROM note ORDER BY id") }
    }

    @Test func writesThatWaitShareACommit() async throws {
        let before = commits.count
        let results = await together((1...100).map { note($0) })
        #expect(results.count == 100 && results.allSatisfy { (try? $0.get()) != nil })
        #expect(try await notes() == Array(1...100))
        #expect(commits.count == before + 1)
    }

    @Test func aCommitHoldsABoundedNumber() async throws {
        let before = commits.count
        _ = await together((1...GroupCommit.limit + 1).map { note($0) })
        #expect(commits.count == before + 2)
        #expect(try await notes().count == GroupCommit.limit + 1)
    }

    @Test func oneThatFailsBeforeItChangesAnythingLeavesTheOthersTheirCommit() async throws {
        let before = commits.count
        let results = await together([note(1), { _ in throw Refusal() }, note(2)])
        #expect(try await notes() == [1, 2])
        #expect(throws: Refusal.self) { try results[1].get() }
        #expect(commits.count == before + 1)
    }

    @Test func whatOneWriteDidBeforeItFailedIsUndoneAndNothingElse() async throws {
        let note = note(2)
        let refused: @Sendable (Database) throws -> Void = { database in
            try note(database)
            throw Refusal()
        }
        let results = await together([self.note(1), refused, self.note(1), self.note(3)])
        #expect(try await notes() == [1, 3])
        #expect((try? results[0].get()) != nil)
        #expect(throws: Refusal.self) { try results[1].get() }
        #expect(throws: StorageError.self) { try results[2].get() }
        #expect((try? results[3].get()) != nil)
    }

    /// SQLite ends the whole transaction when the disk is full.
    @Test func aWriteThatFillsTheDiskFailsAlone() async throws {
        try await test.store.pool.writeWithoutTransaction { database in
            let pages = try Int.fetchOne(database, sql: "PRAGMA page_count") ?? 0
            try database.execute(sql: "PRAGMA max_page_count = \(pages + 1)")
        }
        let large: @Sendable (Database) throws -> Void = {
            try $0.execute(sql: "CREATE TABLE large AS SELECT zeroblob(1000000) AS bytes")
        }
        let results = await together([note(1), large, note(2)])
        #expect(try await notes() == [1, 2])
        #expect(throws: StorageError.full(operation: "testing")) { try results[1].get() }
        #expect((try? results[2].get()) != nil)
    }

    /// Where the commit itself fails nobody is told that it went well.
    @Test func aCommitThatFailsIsEverybodysFailureButOfThoseWhoDoBetterAlone() async throws {
        try await test.store.pool.write {
            try $0.execute(
                sql: """
                    CREATE TABLE leaf (id INTEGER PRIMARY KEY,
                        note INTEGER REFERENCES note (id) DEFERRABLE INITIALLY DEFERRED)
                    """)
        }
        let dangling: @Sendable (Database) throws -> Void = { try $0.execute(sql: "INSERT INTO leaf VALUES (1, 99)") }
        let results = await together([note(1), dangling, note(2)])
        #expect((try? results[0].get()) != nil)
        #expect(throws: StorageError.self) { try results[1].get() }
        #expect((try? results[2].get()) != nil)
        #expect(try await notes() == [1, 2])
    }

    @Test func aWriteIsCarriedOutThoughNobodyWaitsForItAnyMore() async throws {
        let gate = DispatchSemaphore(value: 0)
        test.store.pool.asyncWriteWithoutTransaction { _ in gate.wait() }
        let write = Task { [test, body = note(1)] in try await test.store.write("testing", body) }
        while test.store.commits.waitingCount == 0 { await Task.yield() }
        write.cancel()
        gate.signal()
        try await write.value
        #expect(try await notes() == [1])
    }

    @Test func everyCommitWaitsForTheDisk() async throws {
        _ = await together((1...3).map { note($0) })
        let level = try await test.store.pool.writeWithoutTransaction {
            try Int.fetchOne($0, sql: "PRAGMA synchronous")
        }
        #expect(level == 2)
    }
}
