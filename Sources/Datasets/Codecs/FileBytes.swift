import Foundation
import Glibc

enum FileBytes {
    /// Linux's O_PATH, which Swift's Glibc module does not know.
    private static let pathOnly: Int32 = 0o10_000_000

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
        // Looked at before it is opened: opening a pipe waits for a writer, and opening a device may set it going.
        let place = open(path, Self.pathOnly | O_CLOEXEC)
        guard place >= 0 else { throw DatasetError.io(path: path, operation: "open", code: errno) }
        defer { close(place) }
        var status = stat()
        guard fstat(place, &status) == 0 else {
            throw DatasetError.io(path: path, operation: "look at", code: errno)
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw FileFailure(reason: .unreadable, detail: "is not a regular file")
        }
        // Asked of the file found, not of its path, which somebody may have turned into a link meanwhile.
        guard let found = Self.path(of: place), DataRoots.isInside(found, root) else {
            throw FileFailure(reason: .outsideRoot, detail: "is a link that leads out of the data set's folder")
        }
        guard status.st_size <= limit else {
            throw FileFailure(reason: .tooLarge, detail: "has \(status.st_size) bytes; at most \(limit) are taken")
        }
        // The same file again, whatever the path leads to by now.
        let descriptor = open("/proc/self/fd/\(place)", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw DatasetError.io(path: path, operation: "open", code: errno) }
        defer { close(descriptor) }
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

    /// The canonical path of a file that was found.
    private static func path(of descriptor: Int32) -> String? {
        var path = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/fd/\(descriptor)", &path, path.count)
        guard count > 0, count < path.count else { return nil }
        return String(decoding: path[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
