import Foundation
import Glibc

/// A file in the making: written under another name, and there under its own only when it is whole and on the disk.
struct PartFile {
    private let path: String
    private let descriptor: Int32

    /// Replaces `path` by what `body` writes; what was written is removed where it throws. One at a time for each path.
    ///
    /// - Throws: `DatasetError.io`, and what `body` throws.
    static func make(_ path: String, _ body: (PartFile) throws -> Void) throws {
        // What is there already is of a process that died: the caller's lock leaves one at a time.
        let temporary = path + ".part"
        unlink(temporary)
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw DatasetError.io(path: temporary, operation: "create", code: errno) }
        do {
            defer { close(descriptor) }
            try body(PartFile(path: temporary, descriptor: descriptor))
            guard fsync(descriptor) == 0, rename(temporary, path) == 0 else {
                throw DatasetError.io(path: path, operation: "write", code: errno)
            }
        } catch {
            unlink(temporary)
            throw error
        }
    }

    /// Behind what was written last.
    func write(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            // Within bounds: sent < bytes.count.
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress! + sent, bytes.count - sent) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw DatasetError.io(path: path, operation: "write", code: errno) }
            sent += count
        }
    }

    /// What is written next replaces the file's first bytes.
    func rewind() throws {
        guard lseek(descriptor, 0, SEEK_SET) == 0 else {
            throw DatasetError.io(path: path, operation: "write", code: errno)
        }
    }
}
