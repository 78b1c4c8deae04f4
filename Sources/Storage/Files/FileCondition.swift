import Foundation

/// How a file beside the database stands to the row that names it.
public enum FileCondition: Sendable, Hashable {
    /// Its bytes are those that were written.
    case sound
    case missing
    /// Its bytes are others, or the disk cannot give them back; the text says which.
    case damaged(String)
    /// It cannot be looked into for a reason that may pass, such as too many open files.
    case unreadable(String)

    /// Reads the whole file, which blocks.
    ///
    /// - Parameter sha256: in hex.
    public static func of(_ path: String, bytes: Int, sha256: String) -> FileCondition {
        of(path, bytes: bytes, sha256: sha256) { _ in }
    }

    /// The same for who wants what is read.
    ///
    /// - Parameter take: called with each piece, in order, before it is known whether the whole is sound.
    /// - Throws: what `take` throws.
    public static func of(
        _ path: String, bytes: Int, sha256: String, take: ([UInt8]) throws -> Void
    ) rethrows -> FileCondition {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            return errno == ENOENT ? .missing : .unreadable(String(cString: strerror(errno)))
        }
        defer { close(descriptor) }
        let digest = Digest()
        var total = 0
        var buffer = [UInt8](repeating: 0, count: 1 << 18)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { return .damaged("reading it failed: \(String(cString: strerror(errno)))") }
            if count == 0 { break }
            total += count
            guard total <= bytes else { return .damaged("it has more than its \(bytes) bytes") }
            let piece = count == buffer.count ? buffer : Array(buffer[..<count])
            digest.update(piece)
            try take(piece)
        }
        guard total == bytes else { return .damaged("it has \(total) of its \(bytes) bytes") }
        let found = Digest.hex(digest.finish())
        return found == sha256 ? .sound : .damaged("its SHA-256 is \(found), not \(sha256)")
    }
}
