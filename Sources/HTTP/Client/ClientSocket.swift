import CSockets
import Glibc

/// The client's one connection. Used by one thread, but for `interrupt()`.
final class ClientSocket: Sendable {
    enum Failure: Error {
        case interrupted
        case timedOut
        /// An errno.
        case failed(Int32)
    }

    private struct State {
        var descriptor: Int32?
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

    /// A connection is open, and the server has neither closed it nor sent anything uninvited.
    var isUsable: Bool {
        guard let descriptor = state.withLock(\.descriptor) else { return false }
        return plateau_wait(descriptor, 0, 0) == 0
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
            state.descriptor = descriptor
            return state.isInterrupted
        }
        if isInterrupted { throw .interrupted }
    }

    func disconnect() {
        // Taken out under the lock, so that no interrupt shuts down a number that is someone else's by then.
        let descriptor = state.withLock { state in
            defer { state.descriptor = nil }
            return state.descriptor
        }
        if let descriptor { close(descriptor) }
    }

    /// Closes the sending side.
    func finishWriting() {
        state.withLock { state in
            if let descriptor = state.descriptor { shutdown(descriptor, Int32(SHUT_WR)) }
        }
    }

    /// Ends whatever goes on, now and later.
    func interrupt() {
        state.withLock { state in
            state.isInterrupted = true
            if let descriptor = state.descriptor { shutdown(descriptor, Int32(SHUT_RDWR)) }
        }
        plateau_event_signal(bell)
    }

    /// Sends all bytes, unless the server speaks first.
    /// - Parameter sent: counts up as bytes go out.
    /// - Returns: false when the server has something to say, or has left, before all is sent.
    func write(_ bytes: [UInt8], idleSeconds: Double, sent: inout Int) throws(Failure) -> Bool {
        let descriptor = try connected()
        var offset = 0
        while offset < bytes.count {
            let ready = plateau_wait(descriptor, 1, Self.milliseconds(idleSeconds))
            if ready == 0 { throw .timedOut }
            if ready < 0 { throw failure(-ready) }
            if ready & Int32(plateau_wait_readable) != 0 { return false }
            let count = bytes.withUnsafeBytes { buffer in
                // Within bounds: offset < buffer.count.
                plateau_send(descriptor, buffer.baseAddress?.advanced(by: offset), buffer.count - offset)
            }
            if count == -Int(EAGAIN) { continue }
            guard count >= 0 else { throw failure(Int32(-count)) }
            offset += count
            sent += count
        }
        return true
    }

    /// What has come, at most 64 KiB; empty at the connection's end.
    func read(idleSeconds: Double) throws(Failure) -> [UInt8] {
        let descriptor = try connected()
        while true {
            let ready = plateau_wait(descriptor, 0, Self.milliseconds(idleSeconds))
            if ready == 0 { throw .timedOut }
            if ready < 0 { throw failure(-ready) }
            var result = 0
            let bytes = [UInt8](unsafeUninitializedCapacity: 64 * 1024) { buffer, filled in
                // Within bounds: the kernel writes at most `buffer.count` bytes and says how many.
                result = plateau_receive(descriptor, buffer.baseAddress, buffer.count)
                filled = max(result, 0)
            }
            if result == -Int(EAGAIN) { continue }
            guard result >= 0 else { throw failure(Int32(-result)) }
            if result == 0, isInterrupted { throw .interrupted }
            return bytes
        }
    }

    private func connected() throws(Failure) -> Int32 {
        let (descriptor, isInterrupted) = state.withLock { ($0.descriptor, $0.isInterrupted) }
        if isInterrupted { throw .interrupted }
        guard let descriptor else { throw .failed(ENOTCONN) }
        return descriptor
    }

    private func failure(_ code: Int32) -> Failure { isInterrupted ? .interrupted : .failed(code) }

    private static func milliseconds(_ seconds: Double) -> Int32 {
        Int32(max(1, min(seconds * 1000, Double(Int32.max))))
    }
}
