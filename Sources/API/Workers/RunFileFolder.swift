import Foundation
import Glibc
import HTTP
import Storage

/// Files that workers send of their runs, checkpoints or models: each is whole on disk or not there at all.
struct RunFileFolder: Sendable {
    /// What was written, before the store knows of it.
    struct Written: Sendable {
        var file: String
        var bytes: Int
        var sha256: String
    }

    let url: URL
    /// What one file holds, in one word; also how its name ends.
    let kind: String
    /// Waits for the disk, so that the threads which answer other requests do not.
    let disk: ComputePool

    func path(_ file: String) -> String { url.appending(path: file).path }

    /// Streams a body to a new file and makes sure that it is on disk.
    ///
    /// - Parameter stem: what the file's name begins with.
    /// - Throws: `StorageError.full` or `.failed` when the disk refuses; nothing is then left behind.
    func write(_ body: RequestBody, named stem: String) async throws -> Written {
        let file = "\(stem)-\(UInt32.random(in: .min ... .max)).\(kind)"
        let temporary = path(file + ".part")
        do {
            let written = try await stream(body, to: temporary, as: file)
            try await disk.run {
                guard rename(temporary, path(file)) == 0 else { throw failure() }
                try syncFolder()
            }
            return written
        } catch {
            unlink(temporary)
            throw error
        }
    }

    /// Whether a file's bytes are still those that were written.
    func condition(of file: String, bytes: Int, sha256: String) async throws -> FileCondition {
        let path = path(file)
        return try await disk.run { FileCondition.of(path, bytes: bytes, sha256: sha256) }
    }

    func delete(_ files: [String]) {
        for file in files { unlink(path(file)) }
    }

    /// Removes what no row refers to: the leavings of a crash between writing a file and telling the store.
    func deleteAll(except known: Set<String>) {
        let present = (try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []
        delete(present.filter { !known.contains($0) })
    }

    private func stream(_ body: RequestBody, to temporary: String, as file: String) async throws -> Written {
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure() }
        defer { close(descriptor) }
        let digest = Digest()
        var total = 0
        for try await chunk in body {
            digest.update(chunk)
            total += chunk.count
            var sent = 0
            while sent < chunk.count {
                // Within bounds: sent < chunk.count.
                let count = chunk.withUnsafeBytes {
                    Glibc.write(descriptor, $0.baseAddress! + sent, chunk.count - sent)
                }
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { throw failure() }
                sent += count
            }
        }
        try await disk.run { guard fsync(descriptor) == 0 else { throw failure() } }
        return Written(file: file, bytes: total, sha256: Digest.hex(digest.finish()))
    }

    private func syncFolder() throws {
        let descriptor = open(url.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure() }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure() }
    }

    private func failure() -> StorageError {
        switch errno {
        case ENOSPC, EDQUOT: .full(operation: "writing a \(kind)")
        case EROFS: .readOnly(operation: "writing a \(kind)")
        default: .failed(operation: "writing a \(kind)", detail: String(cString: strerror(errno)))
        }
    }
}
