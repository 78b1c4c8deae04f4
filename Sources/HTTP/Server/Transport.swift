import CSockets
import Glibc

/// How a connection's bytes go over its socket.
enum Transport {
    case plain(Int32)
    case tls(TLSStream)

    var descriptor: Int32 {
        switch self {
        case .plain(let descriptor): descriptor
        case .tls(let stream): stream.descriptor
        }
    }

    /// The subject of the certificate that the client has shown.
    var clientSubject: String? {
        switch self {
        case .plain: nil
        case .tls(let stream): stream.peerSubject
        }
    }

    /// What to wait for in order to do what is wanted.
    func interest(toDo wanted: UInt32) -> UInt32 {
        guard case .tls(let stream) = self else { return wanted }
        return wanted | (wanted & plateau_readable != 0 && stream.readWaitsForRoom ? plateau_writable : 0)
            | (wanted & plateau_writable != 0 && stream.writeWaitsForBytes ? plateau_readable : 0)
    }

    /// What can be done now that the socket is ready so.
    func possible(_ events: UInt32, wantsReading: @autoclosure () -> Bool) -> UInt32 {
        guard case .tls(let stream) = self else { return events }
        var possible = events
        if stream.readWaitsForRoom, events & plateau_writable != 0 { possible |= plateau_readable }
        if stream.writeWaitsForBytes, events & plateau_readable != 0 { possible |= plateau_writable }
        return wantsReading() ? possible : possible & ~plateau_readable
    }

    /// Reads what has come.
    /// - Precondition: room for 16 KiB.
    /// - Returns: how many bytes, 0 at the end, or an errno, negated: `EAGAIN` where there is nothing yet.
    func receive(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        switch self {
        // Within bounds: the kernel writes at most `count` bytes.
        case .plain(let descriptor): plateau_receive(descriptor, buffer.baseAddress, buffer.count)
        case .tls(let stream): stream.receive(into: buffer)
        }
    }

    /// Sends what the socket takes.
    /// - Returns: how many bytes, or an errno, negated: `EAGAIN` where there is no room.
    func send(_ bytes: UnsafeRawBufferPointer) -> Int {
        switch self {
        // Within bounds: the kernel reads at most `count` bytes.
        case .plain(let descriptor): plateau_send(descriptor, bytes.baseAddress, bytes.count)
        case .tls(let stream): stream.send(bytes)
        }
    }

    /// Something can be read although nothing is in the socket.
    var hasPending: Bool {
        if case .tls(let stream) = self { stream.hasPending } else { false }
    }

    /// Ends the sending side.
    func finishSending() {
        if case .tls(let stream) = self { stream.finishSending() }
        shutdown(descriptor, Int32(SHUT_WR))
    }

    /// Ends it.
    /// - Parameter isWhole: everything that was to be sent is; else the other side must be able to tell, where TLS
    ///   says how a connection ends (RFC 9112 §9.8).
    func close(isWhole: Bool) {
        if isWhole, case .tls(let stream) = self { stream.finishSending() }
        Glibc.close(descriptor)
    }
}
