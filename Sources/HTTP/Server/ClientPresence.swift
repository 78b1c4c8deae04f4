import Synchronization

/// Whether the client of a request is still there, as far as its connection tells: the loop writes it, handlers read it.
final class ClientPresence: Sendable {
    private let left = Atomic<Bool>(false)

    var hasLeft: Bool { left.load(ordering: .acquiring) }

    func end() { left.store(true, ordering: .releasing) }
}
