import CSockets
import Glibc

/// A client's handshake, on a loop that does nothing else.
///
/// `@unchecked Sendable`: used on its loop's queue alone.
final class TLSHandshake: EventHandler, @unchecked Sendable {
    enum Outcome {
        case done(TLSStream)
        /// It speaks HTTP without TLS; nothing has been read.
        case notTLS
        case failed(String)
        /// Out of time, or the server ends.
        case givenUp
    }

    private let stream: TLSStream
    private let loop: EventLoop
    private var deadline: UInt64
    private let finished: (Outcome) -> Void
    private var key: UInt64?
    private var hasSpoken = false
    /// What went wrong, while the client gets a moment to read the alert that says so.
    private var failure: String?
    private var lingerBytes = 64 * 1024

    /// - Parameter finished: called once, on the loop; the descriptor is its to use or to close.
    init(_ stream: TLSStream, loop: EventLoop, deadline: UInt64, finished: @escaping (Outcome) -> Void) {
        self.stream = stream
        self.loop = loop
        self.deadline = deadline
        self.finished = finished
    }

    func start() {
        key = loop.register(stream.descriptor, plateau_readable, self)
        if key == nil { finished(.givenUp) }
    }

    func handle(_ events: UInt32) {
        if let failure { return linger(failure) }
        if !hasSpoken {
            var first: UInt8 = 0
            // Within bounds: one byte.
            switch recv(stream.descriptor, &first, 1, Int32(MSG_PEEK)) {
            case 1: hasSpoken = true
            case 0: return finish(.givenUp)
            default:
                if errno != EAGAIN, errno != EINTR { finish(.givenUp) }
                return
            }
            // A handshake begins with 22 (RFC 8446 §5.1), a request with its method or an empty line.
            if CharacterClass.token.contains(first) || first == UInt8(ascii: "\r") { return finish(.notTLS) }
        }
        switch stream.accept() {
        case .done: finish(.done(stream))
        case .wantsReading: wait(plateau_readable)
        case .wantsWriting: wait(plateau_writable)
        case .failed:
            guard !stream.failure.text.isEmpty else { return finish(.failed("the client left")) }
            failure = stream.failure.text
            // Bytes left unread would have the kernel reset the connection, and the alert with it.
            shutdown(stream.descriptor, Int32(SHUT_WR))
            deadline = plateau_monotonic() + 1_000_000_000
            wait(plateau_readable)
        }
    }

    func tick(now: UInt64) { if now >= deadline { giveUp() } }

    func drain(force: Bool) { giveUp() }

    private func giveUp() { finish(failure.map { .failed($0) } ?? .givenUp) }

    private func linger(_ failure: String) {
        let count = withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 4096) { buffer in
            // Within bounds: the kernel writes at most `count` bytes.
            plateau_receive(stream.descriptor, buffer.baseAddress, buffer.count)
        }
        if count > 0 { lingerBytes -= count }
        if count != -Int(EAGAIN), count <= 0 || lingerBytes <= 0 { finish(.failed(failure)) }
    }

    private func wait(_ interest: UInt32) {
        if let key { loop.change(stream.descriptor, interest, key: key) }
    }

    private func finish(_ outcome: Outcome) {
        guard let key else { return }
        self.key = nil
        loop.unregister(stream.descriptor, key: key)
        finished(outcome)
    }
}
