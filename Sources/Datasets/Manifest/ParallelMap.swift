import Dispatch
import Foundation

extension Array where Element: Sendable {
    /// Maps in parallel, in order.
    ///
    /// - Parameter progress: how many are done and how many there are; called from any thread.
    func parallelMap<Result: Sendable>(
        threads: Int, _ progress: (@Sendable (Int, Int) -> Void)?, _ body: @Sendable (Element) -> Result
    ) -> [Result] {
        let results = Gathered<Result>()
        withoutActuallyEscaping(body) { body in
            DispatchQueue.concurrentPerform(iterations: threads) { worker in
                for index in stride(from: worker, to: count, by: threads) {
                    let done = results.add(body(self[index]), at: index)
                    progress?(done, count)
                }
            }
        }
        return indices.compactMap { results[$0] }
    }
}

/// Results that come in any order, from any thread.
///
/// `@unchecked Sendable`: the dictionary is guarded by the lock.
private final class Gathered<Result: Sendable>: @unchecked Sendable {
    private let lock = NSLock()
    private var results: [Int: Result] = [:]

    /// - Returns: how many there are.
    func add(_ result: Result, at index: Int) -> Int {
        lock.withLock {
            results[index] = result
            return results.count
        }
    }

    subscript(index: Int) -> Result? { lock.withLock { results[index] } }
}
