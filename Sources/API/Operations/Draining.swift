import Synchronization

/// Whether the server has been told to stop and is waiting for workers and requests to end.
final class Draining: Sendable {
    private let begun = Atomic<Bool>(false)

    var hasBegun: Bool { begun.load(ordering: .relaxed) }

    func begin() { begun.store(true, ordering: .relaxed) }
}
