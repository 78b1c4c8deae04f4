import Foundation

/// The one folder under which the server keeps everything, held by one server at a time.
struct DataDirectory: Sendable {
    enum Failure: Error, CustomStringConvertible {
        case unusable(path: String, operation: String, code: Int32)
        case inUse(path: String)

        var description: String {
            switch self {
            case .unusable(let path, let operation, let code):
                "cannot \(operation) \(path): \(String(cString: strerror(code))). "
                    + "Choose a folder this user may write to with --data-dir, or free some space."
            case .inUse(let path):
                "another plateau server is using \(path). Stop it, or give this one its own --data-dir."
            }
        }
    }

    let url: URL
    /// Held open, and so locked, for the life of the process.
    private let lock: Int32

    var database: String { url.appending(path: "plateau.sqlite").path }
    var checkpoints: URL { url.appending(path: "checkpoints", directoryHint: .isDirectory) }
    var models: URL { url.appending(path: "models", directoryHint: .isDirectory) }
    var cache: URL { url.appending(path: "cache", directoryHint: .isDirectory) }
    var adminToken: URL { url.appending(path: "admin-token") }
    var socket: URL { url.appending(path: "plateau.sock") }
    var serverURL: URL { url.appending(path: "server-url") }

    /// Makes the folder (mode 0700) where it is missing and takes its lock.
    init(_ path: String) throws {
        url = URL(filePath: path, directoryHint: .isDirectory).standardizedFileURL
        for name in ["", "checkpoints", "models", "cache"] {
            let folder = name.isEmpty ? url : url.appending(path: name)
            do {
                try FileManager.default.createDirectory(
                    at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            } catch {
                throw Failure.unusable(path: folder.path, operation: "create", code: Self.code(of: error))
            }
        }
        let lockPath = url.appending(path: "lock").path
        lock = open(lockPath, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard lock >= 0 else { throw Failure.unusable(path: lockPath, operation: "open", code: errno) }
        guard flock(lock, LOCK_EX | LOCK_NB) == 0 else { throw Failure.inUse(path: url.path) }
    }

    /// Writes a small file whole or not at all, readable by this user only.
    static func write(_ text: String, to file: URL) throws {
        let temporary = file.appendingPathExtension("new")
        unlink(temporary.path)
        let descriptor = open(temporary.path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Failure.unusable(path: temporary.path, operation: "create", code: errno) }
        defer { close(descriptor) }
        let bytes = [UInt8](text.utf8)
        guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count, fsync(descriptor) == 0,
            rename(temporary.path, file.path) == 0
        else { throw Failure.unusable(path: file.path, operation: "write", code: errno) }
    }

    private static func code(of error: any Error) -> Int32 {
        if let underlying = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError {
            return Int32(underlying.code)
        }
        return switch (error as? CocoaError)?.code {
        case .fileWriteVolumeReadOnly: EROFS
        case .fileWriteNoPermission: EACCES
        case .fileWriteOutOfSpace: ENOSPC
        case .fileWriteFileExists: ENOTDIR
        default: EIO
        }
    }
}
