import Glibc

/// A regular file open for reading; closed when let go of.
final class OpenFile: Sendable {
    private let descriptor: Int32
    /// Bytes in the file when it was opened.
    let size: Int

    /// Nil when there is no regular file that can be read.
    init?(path: String) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        var information = stat()
        guard fstat(descriptor, &information) == 0, information.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            return nil
        }
        self.descriptor = descriptor
        size = Int(information.st_size)
    }

    deinit { close(descriptor) }

    /// Up to `count` bytes at `offset`: none at the file's end, nil when it cannot be read.
    func read(_ count: Int, at offset: Int) -> [UInt8]? {
        var failed = false
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            // Within bounds: at most `count` bytes, the buffer's capacity.
            let got = pread(descriptor, buffer.baseAddress, count, off_t(offset))
            failed = got < 0
            filled = max(got, 0)
        }
        return failed ? nil : bytes
    }
}
