import CSockets
import HTTPTypes
import Foundation

/// What a connection has still to send: bytes, then perhaps a file, read piece by piece as the client takes it.
struct Outbox {
    private static let pieceBytes = 256 * 1024

    private var bytes: [UInt8] = []
    private var sent = 0
    private var file: FileHandle?
    private var fileRemaining = 0

    var isEmpty: Bool { sent == bytes.count && file == nil }

    mutating func append(_ more: [UInt8]) {
        precondition(file == nil, "nothing can follow a file that is not sent yet")
        if sent == bytes.count {
            bytes = more
            sent = 0
        } else {
            bytes += more
        }
    }

    mutating func append(_ file: FileHandle, count: Int) {
        self.file = file
        fileRemaining = count
    }

    /// Sends what the socket takes.
    /// - Returns: the bytes sent.
    /// - Throws: `HTTPError` when the connection or the file broke; the connection is then of no more use.
    mutating func flush(to descriptor: Int32) throws -> Int {
        var total = 0
        while true {
            if sent == bytes.count {
                guard try refill() else { return total }
            }
            let count = bytes.withUnsafeBytes { buffer in
                // Within bounds: sent < buffer.count.
                plateau_send(descriptor, buffer.baseAddress?.advanced(by: sent), buffer.count - sent)
            }
            if count == -Int(EAGAIN) { return total }
            guard count >= 0 else { throw HTTPError(.badRequest, "The client left.") }
            sent += count
            total += count
        }
    }

    /// Reads the next piece of the file.
    private mutating func refill() throws -> Bool {
        bytes = []
        sent = 0
        guard let file else { return false }
        let piece = try file.read(upToCount: min(Self.pieceBytes, fileRemaining)) ?? Data()
        guard !piece.isEmpty || fileRemaining == 0 else {
            throw HTTPError(.internalServerError, "A file shrank while it was sent.")
        }
        bytes = [UInt8](piece)
        fileRemaining -= piece.count
        if fileRemaining == 0 {
            try file.close()
            self.file = nil
        }
        return !bytes.isEmpty
    }
}
