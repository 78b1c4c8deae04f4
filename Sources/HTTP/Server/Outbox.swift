import Glibc

/// What a connection has still to send: bytes, then perhaps a part of a file, read piece by piece as the client takes
/// it.
struct Outbox {
    enum Failure: Error {
        /// The client is gone.
        case connectionBroke
        /// The file shrank or cannot be read.
        case fileBroke
    }

    private static let pieceBytes = 128 * 1024
    /// One connection sends at most about this much before the loop's others have their turn.
    private static let turnBytes = 1024 * 1024

    private var bytes: [UInt8] = []
    private var sent = 0
    private var file: OpenFile?
    private var fileRange = 0..<0

    var isEmpty: Bool { sent == bytes.count && file == nil }
    /// Bytes in memory.
    var waitingBytes: Int { bytes.count - sent }

    mutating func append(_ more: [UInt8]) {
        precondition(file == nil, "nothing can follow a file that is not sent yet")
        if sent == bytes.count {
            bytes = more
        } else {
            bytes.removeFirst(sent)
            bytes += more
        }
        sent = 0
    }

    mutating func append(_ file: OpenFile, range: Range<Int>) {
        guard !range.isEmpty else { return }
        self.file = file
        fileRange = range
    }

    /// Sends what the socket takes.
    /// - Returns: the bytes sent.
    mutating func flush(to transport: Transport) throws(Failure) -> Int {
        var total = 0
        while total < Self.turnBytes {
            if sent == bytes.count {
                guard try refill() else { return total }
            }
            let count = bytes.withUnsafeBytes { buffer in
                // Within bounds: sent < buffer.count.
                transport.send(UnsafeRawBufferPointer(rebasing: buffer[sent...]))
            }
            if count == -Int(EAGAIN) { return total }
            guard count >= 0 else { throw .connectionBroke }
            sent += count
            total += count
        }
        return total
    }

    /// Reads the next piece of the file.
    private mutating func refill() throws(Failure) -> Bool {
        bytes = []
        sent = 0
        guard let file else { return false }
        guard let piece = file.read(min(Self.pieceBytes, fileRange.count), at: fileRange.lowerBound), !piece.isEmpty
        else { throw .fileBroke }
        bytes = piece
        fileRange = fileRange.lowerBound + piece.count..<fileRange.upperBound
        if fileRange.isEmpty { self.file = nil }
        return true
    }
}
