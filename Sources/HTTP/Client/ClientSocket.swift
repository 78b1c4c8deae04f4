import CSockets
import Glibc
import Locks

/// The client's one connection. Used by one thread, but for `interrupt()`.
final class ClientSocket: Sendable {
    enum Failure: Error {
        case interrupted
        case timedOut
        /// The server's certificate is not to be trusted, or is another's.
        case untrusted(String)
        /// TLS broke down for another reason.
        case tlsFailed(String)
        /// An errno.
        case failed(Int32)
    }

    private struct State {
        var transport: Transport?
        var isInterrupted = false
    }

    private let state = Guarded(State())
    /// Signalled by an interrupt, to end the wait for a connection.
    private let bell: Int32

    init() throws(Failure) {
        bell = plateau_event_create()
        guard bell >= 0 else { throw .failed(-bell) }
    }

    deinit {
        disconnect()
        close(bell)
    }

    var isInterrupted: Bool { state.withLock(\.isInterrupted) }

    /// The open connection's.
    var transport: Transport? { state.withLock(\.transport) }

    /// A connection is open, and the server has neither closed it nor sent anything uninvited.
    var isUsable: Bool {
        guard let transport else { return false }
        return plateau_wait(transport.descriptor, 0, 0) == 0 || !Self.hasContent(transport)
    }

    /// Whether what makes the socket readable is for its reader; TLS has messages of its own.
    private static func hasContent(_ transport: Transport) -> Bool {
        guard case .tls(let stream) = transport else { return true }
        return stream.hasContent()
    }

    func connect(_ place: ServerAddress.Place, timeoutSeconds: Double) throws(Failure) {
        disconnect()
        if isInterrupted { throw .interrupted }
        let limit = Self.milliseconds(timeoutSeconds)
        let descriptor =
            switch place {
            case .tcp(let host, let port): plateau_connect(host, port, limit, bell)
            case .unix(let path): plateau_connect_unix(path, limit)
            }
        guard descriptor >= 0 else {
            switch -descriptor {
            case ECANCELED: throw .interrupted
            case ETIMEDOUT: throw .timedOut
            default: throw .failed(-descriptor)
            }
        }
        let isInterrupted = state.withLock { state in
            state.transport = .plain(descriptor)
            return state.isInterrupted
        }
        if isInterrupted { throw .interrupted }
    }

    /// Turns to TLS on a fresh connection.
    func secure(_ context: TLSContext, host: String, timeoutSeconds: Double) throws(Failure) {
        let descriptor = try connected().descriptor
        guard let stream = TLSStream(context, descriptor: descriptor) else { throw .tlsFailed("out of memory") }
        stream.expect(host)
        let deadline = ContinuousClock.now + .seconds(timeoutSeconds)
        while true {
            let progress = stream.connect()
            switch progress {
            case .done:
                state.withLock { $0.transport = .tls(stream) }
                return
            case .failed: throw isInterrupted ? .interrupted : Self.failure(stream, host: host)
            case .wantsReading, .wantsWriting:
                let left = (deadline - .now) / .seconds(1)
                guard left > 0 else { throw .timedOut }
                let ready = plateau_wait(descriptor, progress == .wantsWriting ? 1 : 0, Self.milliseconds(left))
                if ready < 0 { throw failure(-ready) }
            }
        }
    }

    func disconnect() {
        // Taken out under the lock, so that no interrupt shuts down a number that is someone else's by then.
        let transport = state.withLock { state in
            defer { state.transport = nil }
            return state.transport
        }
        transport?.close(isWhole: true)
    }

    /// Closes the sending side.
    func finishWriting() {
        transport?.finishSending()
    }

    /// Ends whatever goes on, now and later.
    func interrupt() {
        state.withLock { state in
            state.isInterrupted = true
            if let transport = state.transport { shutdown(transport.descriptor, Int32(SHUT_RDWR)) }
        }
        plateau_event_signal(bell)
    }

    /// Sends all bytes, unless the server speaks first.
    /// - Parameter sent: counts up as bytes go out.
    /// - Returns: false when the server has something to say, or has left, before all is sent.
    func write(_ bytes: [UInt8], idleSeconds: Double, sent: inout Int) throws(Failure) -> Bool {
        let transport = try connected()
        var offset = 0
        while offset < bytes.count {
            let ready = plateau_wait(transport.descriptor, 1, Self.milliseconds(idleSeconds))
            if ready == 0 { throw .timedOut }
            if ready < 0 { throw failure(-ready) }
            if ready & Int32(plateau_wait_readable) != 0, Self.hasContent(transport) { return false }
            let count = bytes.withUnsafeBytes { transport.send(UnsafeRawBufferPointer(rebasing: $0[offset...])) }
            if count == -Int(EAGAIN) { continue }
            guard count >= 0 else { throw failure(Int32(-count)) }
            offset += count
            sent += count
        }
        return true
    }

    /// What has come, at most 64 KiB; empty at the connection's end.
    func read(idleSeconds: Double) throws(Failure) -> [UInt8] {
        let transport = try connected()
        while true {
            // What TLS has decrypted already is not in the socket any more.
            if !transport.hasPending {
                let ready = plateau_wait(transport.descriptor, 0, Self.milliseconds(idleSeconds))
                if ready == 0 { throw .timedOut }
                if ready < 0 { throw failure(-ready) }
            }
            var result = 0
            let bytes = [UInt8](unsafeUninitializedCapacity: 64 * 1024) { buffer, filled in
                // Within bounds: it writes at most `buffer.count` bytes and says how many.
                result = transport.receive(into: UnsafeMutableRawBufferPointer(buffer))
                filled = max(result, 0)
            }
            if result == -Int(EAGAIN) { continue }
            guard result >= 0 else { throw failure(Int32(-result)) }
            if result == 0, isInterrupted { throw .interrupted }
            return bytes
        }
    }

    private func connected() throws(Failure) -> Transport {
        let (transport, isInterrupted) = state.withLock { ($0.transport, $0.isInterrupted) }
        if isInterrupted { throw .interrupted }
        guard let transport else { throw .failed(ENOTCONN) }
        return transport
    }

    private func failure(_ code: Int32) -> Failure {
        if isInterrupted { return .interrupted }
        if code == EPROTO, case .tls(let stream)? = transport {
            return .tlsFailed(stream.failure.text)
        }
        return .failed(code)
    }

    private static func milliseconds(_ seconds: Double) -> Int32 {
        Int32(max(1, min(seconds * 1000, Double(Int32.max))))
    }
}
