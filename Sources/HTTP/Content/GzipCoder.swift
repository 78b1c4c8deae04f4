import CZLIB

/// Makes a gzip stream (RFC 1952) of content that comes piece by piece.
///
/// `@unchecked Sendable`: used by one task at a time.
final class GzipCoder: @unchecked Sendable {
    enum Flush {
        /// Holds back what would code better together with what follows.
        case none
        /// Gives out all that the client needs to read this far.
        case sync
        /// Ends the stream.
        case finish

        fileprivate var code: Int32 {
            switch self {
            case .none: Z_NO_FLUSH
            case .sync: Z_SYNC_FLUSH
            case .finish: Z_FINISH
            }
        }
    }

    /// Most of what zlib can do to JSON at about a third of the time.
    private static let level: Int32 = 4
    /// The state refers to its stream by address.
    private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)

    /// - Parameter isLong: the content is all there and may take 256 KiB of memory for as long as it is coded; else 32 KiB
    ///   for as long as the stream lasts.
    init(isLong: Bool) {
        stream.initialize(to: z_stream())
        // 16 more for gzip's header and checksum.
        let (window, memory): (Int32, Int32) = isLong ? (15, 8) : (12, 5)
        let code = deflateInit2_(
            stream, Self.level, Z_DEFLATED, window + 16, memory, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size))
        precondition(code == Z_OK, "deflateInit2: \(code)")
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
    }

    /// - Returns: what there is to send so far.
    func add(_ bytes: [UInt8], _ flush: Flush) -> [UInt8] {
        var output: [UInt8] = []
        bytes.withUnsafeBufferPointer { input in
            // zlib reads `avail_in` bytes, the array's, and does not write through the pointer.
            stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
            stream.pointee.avail_in = UInt32(input.count)
            var isFull = true
            while isFull {
                output += [UInt8](unsafeUninitializedCapacity: 16 * 1024) { room, filled in
                    // Within bounds: zlib writes `avail_out` bytes at most, the buffer's.
                    stream.pointee.next_out = room.baseAddress
                    stream.pointee.avail_out = UInt32(room.count)
                    let code = deflate(stream, flush.code)
                    precondition(code == Z_OK || code == Z_STREAM_END || code == Z_BUF_ERROR, "deflate: \(code)")
                    filled = room.count - Int(stream.pointee.avail_out)
                }
                isFull = stream.pointee.avail_out == 0
            }
            stream.pointee.next_in = nil
        }
        return output
    }
}
