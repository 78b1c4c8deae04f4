import Foundation
import Glibc

enum FileBytes {
    /// Reads a regular file inside a data set's folder.
    ///
    /// - Parameters:
    ///   - file: relative to `root`; links are followed as long as they stay inside.
    ///   - root: canonical.
    ///   - limit: in bytes.
    /// - Throws: `FileFailure` for what lies outside, is no regular file or is larger than `limit`;
    ///   `DatasetError.io` where the system refuses.
    static func read(_ file: String, root: String, limit: Int) throws -> [UInt8] {
        let path = root + "/" + file
        // Non-blocking: opening a pipe would otherwise wait for somebody to write to it.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw DatasetError.io(path: path, operation: "open", code: errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw DatasetError.io(path: path, operation: "look at", code: errno)
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw FileFailure(reason: .unreadable, detail: "is not a regular file")
        }
        // Asked of the open file, not of its path, which somebody may have turned into a link meanwhile.
        guard let opened = place(of: descriptor), DataRoots.isInside(opened, root) else {
            throw FileFailure(reason: .outsideRoot, detail: "is a link that leads out of the data set's folder")
        }
        guard status.st_size <= limit else {
            throw FileFailure(reason: .tooLarge, detail: "has \(status.st_size) bytes; at most \(limit) are taken")
        }
        let size = Int(status.st_size)
        return try [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            while count < size {
                // Within bounds: count < size, the buffer's capacity.
                let got = Glibc.read(descriptor, buffer.baseAddress! + count, size - count)
                if got < 0, errno == EINTR { continue }
                guard got >= 0 else { throw DatasetError.io(path: path, operation: "read", code: errno) }
                if got == 0 { break }
                count += got
            }
        }
    }

    /// The canonical path of an open file.
    private static func place(of descriptor: Int32) -> String? {
        var path = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/fd/\(descriptor)", &path, path.count)
        guard count > 0, count < path.count else { return nil }
        return String(decoding: path[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
