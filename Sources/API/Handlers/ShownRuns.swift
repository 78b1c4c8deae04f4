import Foundation

/// What was last answered about runs, for dashboards that poll them: it holds until the store is written to.
///
/// `@unchecked Sendable`: the answers are touched under the lock alone.
final class ShownRuns: @unchecked Sendable {
    struct Answer {
        let etag: String
        let json: [UInt8]
    }

    /// Runs kept at most, of less than a kilobyte each; then all are forgotten.
    static let limit = 1024

    private let lock = NSLock()
    private var generation = 0
    private var answers: [String: Answer] = [:]

    /// - Parameter current: the store's generation, read before `make` reads the store.
    func answer(_ id: String, generation current: Int, make: () async throws -> Answer) async throws -> Answer {
        if let known = lock.withLock({ generation == current ? answers[id] : nil }) { return known }
        let answer = try await make()
        lock.withLock {
            guard current >= generation else { return }
            if current > generation || answers.count >= Self.limit { answers = [:] }
            generation = current
            answers[id] = answer
        }
        return answer
    }
}
