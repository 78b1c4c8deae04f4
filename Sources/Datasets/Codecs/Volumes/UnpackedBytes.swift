import CCodecs

/// The bytes of a file from first to last, unpacked if they are gzip's, without ever holding more of them than asked.
final class UnpackedBytes {
    private let bytes: [UInt8]
    private var offset = 0
    /// Nil for what is not packed.
    private let reader: OpaquePointer?

    /// gzip is told by its first bytes, whatever the file is called.
    init(_ bytes: [UInt8]) throws(FileFailure) {
        self.bytes = bytes
        guard bytes.starts(with: [0x1f, 0x8b]) else {
            reader = nil
            return
        }
        guard let reader = plateau_gzip_open() else {
            throw FileFailure(reason: .tooLarge, detail: "does not fit in memory")
        }
        self.reader = reader
    }

    deinit { plateau_gzip_close(reader) }

    /// Up to `count` bytes; fewer at the end alone, when gzip's checksums have been verified as well.
    func read(_ count: Int) throws(FileFailure) -> [UInt8] {
        var out = [UInt8](repeating: 0, count: reader == nil ? min(count, bytes.count - offset) : count)
        let got = try read(into: &out)
        out.removeLast(out.count - got)
        return out
    }

    /// - Returns: how many bytes of `out` were filled.
    func read(into out: inout [UInt8]) throws(FileFailure) -> Int {
        guard let reader else {
            let count = min(out.count, bytes.count - offset)
            // Within bounds: both hold count bytes from there on.
            out.withUnsafeMutableBytes { out in
                bytes.withUnsafeBytes { out.copyMemory(from: .init(rebasing: $0[offset..<offset + count])) }
            }
            offset += count
            return count
        }
        var got = 0
        var message = [CChar](repeating: 0, count: 100)
        let result = plateau_gzip_read(
            reader, bytes, bytes.count, &out, out.count, &got, &message, message.count)
        let why = String(decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        switch result {
        case plateau_gzip_ok: return got
        case plateau_gzip_truncated:
            throw FileFailure(
                reason: .truncated, detail: "is cut off within its compressed data: copy it anew from where it came")
        case plateau_gzip_trailing:
            throw FileFailure(
                reason: .trailingBytes,
                detail: "has \(why) bytes behind its compressed data that are not gzip's: pack it anew")
        case plateau_gzip_no_memory: throw FileFailure(reason: .tooLarge, detail: "does not fit in memory")
        default:
            throw FileFailure(
                reason: .corrupt, detail: "has damaged compressed data (\(why)): copy it anew from where it came")
        }
    }
}
