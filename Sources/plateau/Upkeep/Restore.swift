import API
import Foundation
import Storage

/// Puts a backup into a data directory on which no server runs. What was there is set aside, not deleted.
struct Restore {
    let source: URL
    let dataDirectory: String
    /// Something is there already, and is to give way.
    let replaces: Bool

    /// What became of it.
    struct Outcome: Codable, Sendable {
        var madeAt: Date
        var checkpoints: Int
        var models: Int
        /// Where what was there before lies now; null where nothing was.
        var setAside: String?
        /// Where a new admin token was written; null where the one that lies there still holds.
        var newAdminToken: String?
        /// Files that the backup should have and has not, or has damaged, in words.
        var lost: [String]
    }

    /// - Throws: `UpkeepFailure`, `StorageError`, `DataDirectory.Failure`. What is in the directory is touched only once
    ///   everything has been copied next to it.
    func perform(now: Date = Date()) async throws -> Outcome {
        let manifest = try BackupManifest.read(source)
        try check(manifest)
        try checkTarget()
        let directory = try DataDirectory(dataDirectory, isForRestore: true)
        defer { withExtendedLifetime(directory) {} }
        let part = directory.url.appending(path: "restore.part", directoryHint: .isDirectory)
        try? FileManager.default.removeItem(at: part)
        let (copied, lost): ([StoredFile], [String])
        do {
            (copied, lost) = try copy(to: part, manifest)
        } catch {
            try? FileManager.default.removeItem(at: part)
            throw error
        }
        let setAside = try swap(part, into: directory, now)
        let token = try await adminToken(directory)
        return Outcome(
            madeAt: manifest.madeAt, checkpoints: copied.count { $0.kind == .checkpoint },
            models: copied.count { $0.kind == .model }, setAside: setAside?.path, newAdminToken: token,
            lost: lost)
    }

    private func check(_ manifest: BackupManifest) throws {
        let database = DataFiles.database(source)
        let (bytes, sha256) = try DataFiles.hash(database)
        guard bytes == manifest.databaseBytes, sha256 == manifest.databaseSha256 else {
            throw UpkeepFailure("\(database) is damaged: its SHA-256 is not the one noted. Take another backup.")
        }
        let unknown = try DatabaseFile(database).schema().unknown
        guard unknown.isEmpty else { throw StorageError.newerSchema(path: database, unknown: unknown) }
    }

    private func checkTarget() throws {
        let present = (try? FileManager.default.contentsOfDirectory(atPath: dataDirectory)) ?? []
        guard present.isEmpty || replaces else {
            throw UpkeepFailure(
                "\(dataDirectory) is not empty. Name another --data-dir, or add --replace: what is there is then set aside."
            )
        }
    }

    private func copy(to part: URL, _ manifest: BackupManifest) throws -> (copied: [StoredFile], lost: [String]) {
        try DataFiles.makeFolder(part)
        for kind in StoredFile.Kind.allCases { try DataFiles.makeFolder(DataFiles.folder(kind, in: part)) }
        let database = URL(filePath: DataFiles.database(part))
        let condition = try DataFiles.copy(
            URL(filePath: DataFiles.database(source)), to: database, bytes: manifest.databaseBytes,
            sha256: manifest.databaseSha256)
        guard condition == .sound else { throw UpkeepFailure("\(source.path) changed while it was read") }
        var copied: [StoredFile] = []
        var lost: [String] = []
        // A connection of the copy would leave a log beside it.
        for file in try DatabaseFile(DataFiles.database(source)).files() {
            let target = DataFiles.url(file, in: part)
            let condition = try DataFiles.copy(
                DataFiles.url(file, in: source), to: target, bytes: file.bytes, sha256: file.sha256)
            if condition == .sound {
                copied.append(file)
            } else {
                unlink(target.path)
                lost.append(DataFiles.complaint(file, condition))
            }
        }
        for kind in StoredFile.Kind.allCases { try DataFiles.sync(DataFiles.folder(kind, in: part)) }
        try DataFiles.sync(part)
        return (copied, lost)
    }

    /// Sets aside what is there and puts the copy in its place. Cut off in the middle, it leaves a mark that keeps a server
    /// from starting on half of it.
    /// - Returns: where the old lies now; nil where there was none.
    private func swap(_ part: URL, into directory: DataDirectory, _ now: Date) throws -> URL? {
        try DataDirectory.write("", to: directory.restoreMark)
        let names = [DataFiles.databaseName, "checkpoints", "models"]
        let logs = ["-wal", "-shm"].map { DataFiles.databaseName + $0 }
        let old = (names + logs).filter { isWorthKeeping($0, directory) }
        var aside: URL?
        if !old.isEmpty {
            let moment = now.formatted(.iso8601).replacing(":", with: "")
            let name = "before-restore-\(moment)-\(UInt16.random(in: 0 ... .max))"
            let folder = directory.url.appending(path: name, directoryHint: .isDirectory)
            try DataFiles.makeFolder(folder)
            for name in old { try move(directory.url.appending(path: name), to: folder.appending(path: name)) }
            aside = folder
        }
        for name in names {
            let target = directory.url.appending(path: name)
            // An empty folder that the start of every command makes.
            rmdir(target.path)
            try move(part.appending(path: name), to: target)
        }
        try FileManager.default.removeItem(at: part)
        try DataFiles.sync(directory.url)
        unlink(directory.restoreMark.path)
        return aside
    }

    private func isWorthKeeping(_ name: String, _ directory: DataDirectory) -> Bool {
        let path = directory.url.appending(path: name).path
        guard let inside = try? FileManager.default.contentsOfDirectory(atPath: path) else {
            return FileManager.default.fileExists(atPath: path)
        }
        return !inside.isEmpty
    }

    private func move(_ source: URL, to target: URL) throws {
        guard rename(source.path, target.path) == 0 else {
            throw UpkeepFailure(
                "cannot move \(source.path) to \(target.path): \(String(cString: strerror(errno))). "
                    + "Run the restore again once that is mended.")
        }
    }

    /// Brings the schema up to date. A backup holds no secret: where the token that lies in the directory is not one of
    /// its own, a new one is made, by the right of whoever may write there.
    private func adminToken(_ directory: DataDirectory) async throws -> String? {
        let store = try Store(.init(path: directory.database))
        let secret = (try? String(contentsOf: directory.adminToken, encoding: .utf8))?
            .trimmingCharacters(in: .whitespacesAndNewlines)
        if let secret, try await store.token(secret: secret)?.role == Role.admin.rawValue { return nil }
        let (_, fresh) = try await store.createToken(name: "admin", role: Role.admin.rawValue, expiresAt: nil)
        try DataDirectory.write(fresh + "\n", to: directory.adminToken)
        return directory.adminToken.path
    }
}
