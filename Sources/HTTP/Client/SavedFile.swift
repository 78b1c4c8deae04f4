import Glibc

/// The file that takes an answer's content; removed again unless finished.
final class SavedFile {
    private let path: String
    private let descriptor: Int32
    private let failure: RequestContent.MakeError
    private var isFinished = false

    /// - Throws: `HTTPClientError` with the reason `cannotWriteFile`, as the methods do.
    init(_ path: String, failure: @escaping RequestContent.MakeError) throws {
        self.path = path
        self.failure = failure
        descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw failure(.cannotWriteFile, "\(path): \(String(cString: strerror(errno)))")
        }
    }

    deinit {
        guard descriptor >= 0 else { return }
        close(descriptor)
        if !isFinished { unlink(path) }
    }

    func append(_ bytes: [UInt8]) throws {
        var offset = 0
        while offset < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                // Within bounds: offset < buffer.count.
                write(descriptor, buffer.baseAddress?.advanced(by: offset), buffer.count - offset)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw failure(.cannotWriteFile, "\(path): \(String(cString: strerror(errno)))") }
            offset += count
        }
    }

    func finish() throws {
        guard fsync(descriptor) == 0 else {
            throw failure(.cannotWriteFile, "\(path): \(String(cString: strerror(errno)))")
        }
        isFinished = true
    }
}
