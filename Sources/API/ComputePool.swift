import Foundation

/// A bounded number of threads for work that blocks or computes for long, so that Swift's cooperative threads, which
/// carry every request, are never held up.
public final class ComputePool: Sendable {
    private let queue: OperationQueue

    /// - Parameter width: the number of pieces of work under way at once; more wait their turn.
    public init(name: String, width: Int) {
        queue = OperationQueue()
        queue.name = name
        queue.maxConcurrentOperationCount = width
    }

    public func run<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            queue.addOperation { continuation.resume(with: Result(catching: work)) }
        }
    }
}
