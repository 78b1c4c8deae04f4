import Locks

/// What was last answered about runs, for dashboards that poll them: it holds until the store is written to.
final class ShownRuns: Sendable {
    struct Answer {
        let etag: String
        let json: [UInt8]
    }

    private struct Kept {
        var generation = 0
        var answers: [String: Answer] = [:]
    }

    /// Runs kept at most, of less than a kilobyte each; then all are forgotten.
    static let limit = 1024

    private let kept = Guarded(Kept())

    /// - Parameter current: the store's generation, read before `make` reads the store.
    func answer(_ id: String, generation current: Int, make: () async throws -> Answer) async throws -> Answer {
        if let known = kept.withLock({ $0.generation == current ? $0.answers[id] : nil }) { return known }
        let answer = try await make()
        kept.withLock { kept in
            guard current >= kept.generation else { return }
            if current > kept.generation || kept.answers.count >= Self.limit { kept.answers = [:] }
            kept.generation = current
            kept.answers[id] = answer
        }
        return answer
    }
}
