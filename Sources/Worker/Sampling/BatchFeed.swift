import Foundation

/// Makes batches ahead of the training, on a thread of its own: decoding and augmentation then cost no time but where
/// they take longer than a step. What a batch holds does not depend on when it is made.
///
/// The thread gives way to training threads (nice 5): on a machine whose cores are all busy it lives on what they leave,
/// and a training that waits for it leaves a core.
///
/// `@unchecked Sendable`: what both threads touch is guarded by the condition; the maker is the feed's thread's alone.
final class BatchFeed: @unchecked Sendable {
    /// Batches made ahead at most: one to take up and one to hide a slow sample behind.
    private static let depth = 2

    private let condition = NSCondition()
    private var ready: [Result<Batch, any Error>] = []
    /// Storage to use again.
    private var spare: [Batch] = []
    private var isEnding = false
    private var hasEnded = false

    private struct Ended: Error {}

    /// Begins at once.
    ///
    /// - Parameters:
    ///   - maker: what makes the batches; used on the feed's thread.
    ///   - steps: those to prepare, in order.
    init(_ maker: BatchMaker, steps: Range<Int>) {
        let thread = Thread { [self] in
            // Of this thread alone, as Linux has it.
            setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 5)
            run(maker, steps)
            condition.withLock {
                hasEnded = true
                condition.broadcast()
            }
        }
        thread.name = "batches"
        thread.start()
    }

    /// The next step's batch; waits for it.
    ///
    /// - Throws: what making it threw, again and again.
    /// - Precondition: there is one more step, and the feed was not ended.
    func next() throws -> Batch {
        try condition.withLock {
            while ready.isEmpty, !hasEnded { condition.wait() }
            guard let first = ready.first else { preconditionFailure("every batch of the feed has been taken") }
            guard case .success(let batch) = first else { return try first.get() }
            ready.removeFirst()
            condition.broadcast()
            return batch
        }
    }

    /// Lets the storage of a batch be used for a later one.
    func giveBack(_ batch: consuming Batch) {
        condition.lock()
        defer { condition.unlock() }
        spare.append(batch)
    }

    /// Lets the thread end after the sample under way.
    func stop() {
        condition.withLock {
            isEnding = true
            condition.broadcast()
        }
    }

    /// Stops the thread and returns when it has ended.
    func end() {
        stop()
        condition.withLock {
            while !hasEnded { condition.wait() }
        }
    }

    private func run(_ maker: BatchMaker, _ steps: Range<Int>) {
        var maker = maker
        for step in steps {
            guard var batch = storage() else { return }
            do {
                try maker.make(step: step, into: &batch) {
                    if condition.withLock({ isEnding }) { throw Ended() }
                }
                put(.success(batch))
            } catch {
                return put(.failure(error))
            }
        }
    }

    /// Waits until another batch is wanted; nil when none will be.
    private func storage() -> Batch? {
        condition.withLock {
            while ready.count >= Self.depth, !isEnding { condition.wait() }
            return isEnding ? nil : spare.popLast() ?? Batch()
        }
    }

    private func put(_ result: Result<Batch, any Error>) {
        condition.withLock {
            ready.append(result)
            condition.broadcast()
        }
    }
}
