import Foundation
import Glibc

enum FileBytes {
    /// - Throws: `DatasetError.io`, with `EFBIG` where the file is larger than `limit` bytes.
    static func read(_ path: String, limit: Int) throws -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw DatasetError.io(path: path, operation: "open", code: errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw DatasetError.io(path: path, operation: "look at", code: errno) }
        guard status.st_size <= limit else { throw DatasetError.io(path: path, operation: "read", code: EFBIG) }
        let size = Int(status.st_size)
        return try [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            while count < size {
                // Within bounds: count < size, the buffer's capacity.
                let got = Glibc.read(descriptor, buffer.baseAddress! + count, size - count)
                guard got >= 0 else { throw DatasetError.io(path: path, operation: "read", code: errno) }
                if got == 0 { break }
                count += got
            }
        }
    }
}

enum Mask {
    /// A grey value from half of the range up is foreground.
    static let threshold: UInt8 = 128
}
