import Foundation

/// The one folder under which the server keeps everything, held by one server at a time: for as long as a value is
/// alive.
struct DataDirectory: Sendable {
    enum Failure: Error, CustomStringConvertible {
        case unusable(path: String, operation: String, code: Int32)
        case inUse(path: String)
        case halfRestored(path: String)

        var description: String {
            switch self {
            case .unusable(let path, let operation, let code):
                "cannot \(operation) \(path): \(String(cString: strerror(code))). "
                    + "Choose a folder this user may write to with --data-dir, or free some space."
            case .inUse(let path):
                "another plateau server is using \(path). Stop it, or choose another --data-dir."
            case .halfRestored(let path):
                "a restore into \(path) was cut off. Run it again: plateau restore BACKUP --data-dir \(path) --replace"
            }
        }
    }

    /// Holds the directory for as long as it lives.
    private final class Lock: Sendable {
        private let descriptor: Int32

        init(_ path: String, of directory: URL) throws {
            descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
            guard descriptor >= 0 else { throw Failure.unusable(path: path, operation: "open", code: errno) }
            guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { throw Failure.inUse(path: directory.path) }
        }

        deinit { close(descriptor) }
    }

    let url: URL
    private let lock: Lock

    var database: String { DataFiles.database(url) }
    var checkpoints: URL { url.appending(path: "checkpoints", directoryHint: .isDirectory) }
    var models: URL { url.appending(path: "models", directoryHint: .isDirectory) }
    var cache: URL { url.appending(path: "cache", directoryHint: .isDirectory) }
    var adminToken: URL { url.appending(path: "admin-token") }
    var socket: URL { url.appending(path: "plateau.sock") }
    var serverURL: URL { url.appending(path: "server-url") }
    /// There while a restore puts things in their place, and after one that was cut off.
    var restoreMark: URL { url.appending(path: "restoring") }

    /// Makes the folder (mode 0700) where it is missing and takes its lock.
    init(_ path: String, isForRestore: Bool = false) throws {
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
        lock = try Lock(url.appending(path: "lock").path, of: url)
        guard isForRestore || access(restoreMark.path, F_OK) != 0 else { throw Failure.halfRestored(path: url.path) }
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
        // The name as well: of a token that is written once a power cut must not leave the hash in the database alone.
        try DataFiles.sync(file.deletingLastPathComponent())
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
