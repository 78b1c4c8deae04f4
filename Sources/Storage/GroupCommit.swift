import GRDB
import Locks

/// Puts writes to the database one after another, and those that come while a commit is on its way to the disk into one
/// transaction: they share the wait for it. A lone write waits for nobody.
///
/// All are answered after the commit. One that fails before it has changed anything leaves the others alone; after one
/// that fails later, each is carried out again in a transaction of its own. A savepoint around each would spare that, at
/// the price of a copy of every page that each touches, for a case that hardly occurs: writes look before they change.
/// A write that was asked for is carried out, whatever becomes of the task that asked.
final class GroupCommit: Sendable {
    private struct Write: Sendable {
        /// Runs the body and keeps what comes of it.
        /// - Returns: whether it succeeded.
        let perform: @Sendable (Database) -> Bool
        /// Answers with what was kept, or with the error that kept it off the disk.
        let answer: @Sendable ((any Error)?) -> Void
    }

    /// Writes in one transaction at most: a commit must not keep the first of them waiting for long.
    static let limit = 256

    private let pool: DatabasePool
    private let waiting = Guarded<(writes: [Write], isAtWork: Bool)>(([], false))

    init(_ pool: DatabasePool) { self.pool = pool }

    /// Writes whose turn has not come.
    var waitingCount: Int { waiting.withLock { $0.writes.count } }

    /// Runs `body` in a transaction and returns what it returned once that is on disk.
    ///
    /// - Parameter body: may run twice, the first time for nothing: what it does beside the database must bear that.
    func write<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            let kept = Guarded<Result<Value, any Error>?>(nil)
            add(
                Write(
                    perform: { database in
                        let result = Result { try body(database) }
                        kept.withLock { $0 = result }
                        return (try? result.get()) != nil
                    },
                    answer: { error in
                        let result = error.map { .failure($0) } ?? kept.withLock { $0 }
                        guard let result else { preconditionFailure("a write is answered after it was performed") }
                        continuation.resume(with: result)
                    }))
        }
    }

    private func add(_ write: Write) {
        let isFirst = waiting.withLock { waiting in
            waiting.writes.append(write)
            defer { waiting.isAtWork = true }
            return !waiting.isAtWork
        }
        if isFirst { begin() }
    }

    /// On the writer's queue, where whatever else uses the writer has its turn in between.
    private func begin() {
        pool.asyncWriteWithoutTransaction { [self] database in
            let batch = waiting.withLock { waiting in
                let batch = Array(waiting.writes.prefix(Self.limit))
                waiting.writes.removeFirst(batch.count)
                return batch
            }
            commit(batch, in: database)
            let isMore = waiting.withLock { waiting in
                waiting.isAtWork = !waiting.writes.isEmpty
                return waiting.isAtWork
            }
            if isMore { begin() }
        }
    }

    private func commit(_ batch: [Write], in database: Database) {
        guard batch.count > 1 else { return commitAlone(batch, in: database) }
        do {
            try database.inTransaction(.immediate) {
                for write in batch {
                    let before = database.totalChangesCount
                    let isDone = write.perform(database)
                    // A full or failing disk may end the whole transaction.
                    guard database.isInsideTransaction, isDone || database.totalChangesCount == before
                    else { throw Undone() }
                }
                return .commit
            }
        } catch {
            // Nothing of it is on disk. What becomes of each shows when it is on its own.
            return commitAlone(batch, in: database)
        }
        for write in batch { write.answer(nil) }
    }

    private func commitAlone(_ writes: [Write], in database: Database) {
        for write in writes {
            do {
                try database.inTransaction(.immediate) { write.perform(database) ? .commit : .rollback }
                write.answer(nil)
            } catch {
                write.answer(error)
            }
        }
    }

    /// The transaction holds part of a write, or was ended from below.
    private struct Undone: Error {}
}
