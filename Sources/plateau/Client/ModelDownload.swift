import Foundation
import Storage

/// Brings a run's weights into a file that is whole, as the server has them, or not there.
struct ModelDownload {
    struct Saved {
        var bytes: Int
        /// In hex.
        var sha256: String
    }

    let client: APIClient
    /// Its id.
    let run: String

    /// - Parameter force: a file that is there already is replaced; without, it is left and nothing is asked for.
    /// - Throws: `CommandFailure`.
    func save(to path: String, force: Bool) throws -> Saved {
        guard force || !FileManager.default.fileExists(atPath: path) else {
            throw CommandFailure(
                code: ExitStatus.failed, message: "\(path) is there already; choose another name, or add --force")
        }
        // Beside its final name, so that the last step is a rename within one file system.
        let temporary = "\(path).\(UInt32.random(in: .min ... .max)).part"
        defer { unlink(temporary) }
        let tag = try client.download("/v1/runs/\(APIClient.escape(run))/model", to: temporary)
        let saved = try Self.measure(temporary)
        guard tag == "\"\(saved.sha256)\"" else {
            throw CommandFailure(
                code: ExitStatus.serverFailed,
                message:
                    "what came is not what the server has on record: its SHA-256 is \(saved.sha256), but should be "
                    + "\(tag ?? "in the ETag"). Nothing was saved. Try again; if it stays, the server's disk has damaged it."
            )
        }
        guard rename(temporary, path) == 0 else {
            throw CommandFailure(
                code: ExitStatus.failed, message: "cannot write \(path): \(String(cString: strerror(errno)))")
        }
        return saved
    }

    private static func measure(_ path: String) throws -> Saved {
        let digest = Digest()
        var bytes = 0
        do {
            let file = try FileHandle(forReadingFrom: URL(filePath: path))
            defer { try? file.close() }
            while let piece = try file.read(upToCount: 1 << 20), !piece.isEmpty {
                digest.update([UInt8](piece))
                bytes += piece.count
            }
        } catch {
            throw CommandFailure(code: ExitStatus.failed, message: "cannot read \(path) back: \(error)")
        }
        return Saved(bytes: bytes, sha256: Digest.hex(digest.finish()))
    }
}
