import Locks

/// Where a producer puts the events of one client. Putting never waits: what the client has not taken is kept up to a
/// bound, and one that falls behind it is dropped. A producer that has time, because it reads from a store, asks for
/// room before each event; then a client is as slow as it likes, until the server's `writeStallSeconds` are over.
public final class EventFeed: Sendable {
    /// The client took too little: its connection is broken off. It may come back with `Last-Event-ID`.
    struct Overflow: Error {}

    private struct State {
        var bytes: [UInt8] = []
        var isOver = false
        var hasOverflown = false
        /// Something was sent since the last heartbeat.
        var wasBusy = false
        var reader: CheckedContinuation<Void, Never>?
        var producer: CheckedContinuation<Void, Never>?

        mutating func takeProducer() -> CheckedContinuation<Void, Never>? {
            defer { producer = nil }
            return producer
        }
    }

    private let state = Guarded(State())
    private let bufferBytes: Int

    init(bufferBytes: Int) {
        self.bufferBytes = bufferBytes
    }

    /// - Returns: false when the client is gone or has been dropped: the producer may end.
    @discardableResult public func send(_ event: ServerSentEvent) -> Bool { put(event.bytes, isBeat: false) }

    /// Waits until the client has taken all but half of what may wait for it.
    /// - Returns: false when it is gone or has been dropped.
    public func waitForRoom() async -> Bool {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isReady = state.withLock { state in
                    if state.isOver || state.hasOverflown || state.bytes.count <= bufferBytes / 2 { return true }
                    precondition(state.producer == nil, "one task asks for room")
                    state.producer = continuation
                    return false
                }
                if isReady { continuation.resume() }
            }
        } onCancel: {
            finish()
        }
        return state.withLock { !$0.isOver && !$0.hasOverflown }
    }

    /// A comment, which keeps proxies from ending a silent connection, and finds out that a client has left.
    /// - Throws: `Overflow`, also where the producer takes no notice.
    func beat() throws {
        _ = put(Array(":\n\n".utf8), isBeat: true)
        if state.withLock(\.hasOverflown) { throw Overflow() }
    }

    /// No more events come.
    func finish() { wake { $0.isOver = true } }

    private func put(_ bytes: [UInt8], isBeat: Bool) -> Bool {
        wake { state in
            guard !state.isOver, !state.hasOverflown else { return }
            if isBeat, state.wasBusy || !state.bytes.isEmpty {
                state.wasBusy = false
            } else if state.bytes.count + bytes.count > bufferBytes {
                state.hasOverflown = true
                state.bytes = []
            } else {
                state.bytes += bytes
                if !isBeat { state.wasBusy = true }
            }
        }
        return state.withLock { !$0.isOver && !$0.hasOverflown }
    }

    private func wake(_ change: (inout State) -> Void) {
        let (reader, producer) = state.withLock { state in
            change(&state)
            defer { state.reader = nil }
            return (state.reader, state.isOver || state.hasOverflown ? state.takeProducer() : nil)
        }
        reader?.resume()
        producer?.resume()
    }

    /// What is there to send; waits for some. Nil at the end.
    /// - Throws: `Overflow`.
    func next() async throws -> [UInt8]? {
        while true {
            let (bytes, isOver, producer) = try state.withLock { state in
                if state.hasOverflown { throw Overflow() }
                defer { state.bytes = [] }
                return (state.bytes, state.isOver, state.takeProducer())
            }
            producer?.resume()
            if !bytes.isEmpty { return bytes }
            if isOver { return nil }
            await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    let isReady = state.withLock { state in
                        if !state.bytes.isEmpty || state.isOver || state.hasOverflown { return true }
                        state.reader = continuation
                        return false
                    }
                    if isReady { continuation.resume() }
                }
            } onCancel: {
                finish()
            }
        }
    }
}
