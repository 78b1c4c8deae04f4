import API
import Foundation
import Storage

/// Where things lie in a data directory, which a backup is laid out as, and how they are copied.
enum DataFiles {
    static let databaseName = "plateau.sqlite"

    static func database(_ directory: URL) -> String { directory.appending(path: databaseName).path }

    static func folder(_ kind: StoredFile.Kind, in directory: URL) -> URL {
        directory.appending(path: kind.rawValue + "s", directoryHint: .isDirectory)
    }

    static func url(_ file: StoredFile, in directory: URL) -> URL {
        folder(file.kind, in: directory).appending(path: file.name)
    }

    static func complaint(_ file: StoredFile, _ condition: FileCondition) -> String {
        let reason =
            switch condition {
            case .sound: "is sound"
            case .missing: "is missing"
            case .damaged(let detail): "is damaged: \(detail)"
            case .unreadable(let detail): "cannot be read: \(detail)"
            }
        return "\(file.kind.rawValue)s/\(file.name), of \(file.run), \(reason)"
    }

    /// Mode 0700.
    static func makeFolder(_ url: URL) throws {
        do {
            try FileManager.default.createDirectory(
                at: url, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw UpkeepFailure("cannot make \(url.path): \(error.localizedDescription)")
        }
    }

    /// Copies a file, hashing what is read on the way, and makes sure that the copy is on disk. Of a source that
    /// is not what it should be something is left all the same; the caller removes it.
    ///
    /// - Throws: `UpkeepFailure` when the copy cannot be written.
    static func copy(_ source: URL, to destination: URL, bytes: Int, sha256: String) throws -> FileCondition {
        unlink(destination.path)
        let output = open(destination.path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard output >= 0 else { throw failure(destination) }
        defer { close(output) }
        let condition = try FileCondition.of(source.path, bytes: bytes, sha256: sha256) { piece in
            try write(piece, to: output, destination)
        }
        guard fsync(output) == 0 else { throw failure(destination) }
        return condition
    }

    /// The size and the SHA-256, in hex, of a file.
    static func hash(_ path: String) throws -> (bytes: Int, sha256: String) {
        guard let handle = FileHandle(forReadingAtPath: path) else { throw failure(URL(filePath: path), "read") }
        defer { try? handle.close() }
        let digest = Digest()
        var total = 0
        while let piece = try handle.read(upToCount: 1 << 18), !piece.isEmpty {
            digest.update([UInt8](piece))
            total += piece.count
        }
        return (total, Digest.hex(digest.finish()))
    }

    static func write(_ manifest: BackupManifest, to file: URL) throws {
        let output = open(file.path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard output >= 0 else { throw failure(file) }
        defer { close(output) }
        try write([UInt8](try JSONCoding.encoder().encode(manifest)) + [UInt8(ascii: "\n")], to: output, file)
        guard fsync(output) == 0 else { throw failure(file) }
    }

    /// Makes sure that a folder's names are on disk.
    static func sync(_ folder: URL) throws {
        let descriptor = open(folder.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(folder, "open") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure(folder) }
    }

    private static func write(_ bytes: [UInt8], to descriptor: Int32, _ file: URL) throws {
        var sent = 0
        while sent < bytes.count {
            // Within bounds: sent < bytes.count.
            let count = bytes.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress! + sent, bytes.count - sent)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw failure(file) }
            sent += count
        }
    }

    private static func failure(_ file: URL, _ operation: String = "write") -> UpkeepFailure {
        UpkeepFailure("cannot \(operation) \(file.path): \(String(cString: strerror(errno)))")
    }
}
