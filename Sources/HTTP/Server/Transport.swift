import CSockets
import Glibc

/// How a connection's bytes go over its socket.
enum Transport {
    case plain(Int32)

    var descriptor: Int32 {
        switch self {
        case .plain(let descriptor): descriptor
        }
    }

    /// Reads what has come.
    /// - Returns: how many bytes, 0 at the end, or an errno, negated: `EAGAIN` where there is nothing yet.
    func receive(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        switch self {
        // Within bounds: the kernel writes at most `count` bytes.
        case .plain(let descriptor): plateau_receive(descriptor, buffer.baseAddress, buffer.count)
        }
    }

    /// Sends what the socket takes.
    /// - Returns: how many bytes, or an errno, negated: `EAGAIN` where there is no room.
    func send(_ bytes: UnsafeRawBufferPointer) -> Int {
        switch self {
        // Within bounds: the kernel reads at most `count` bytes.
        case .plain(let descriptor): plateau_send(descriptor, bytes.baseAddress, bytes.count)
        }
    }

    /// Ends the sending side.
    func finishSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Ends it.
    func close() { Glibc.close(descriptor) }
}
