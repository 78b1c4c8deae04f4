import Foundation
import Storage

/// Copies a data directory while a server may be at work on it: the database as it is at one moment, and the files that
/// this copy names. Workers go on meanwhile, so a file may be replaced before it is copied; then the database is copied
/// again, for its newer state names the newer file.
struct Backup {
    let source: URL
    let destination: URL

    /// How often the database is copied before what vanishes is left out: a checkpoint costs its run some time.
    private static let rounds = 5

    /// - Throws: `UpkeepFailure`, `StorageError`; nothing is then left at the destination.
    func make(now: Date = Date()) throws -> BackupManifest {
        try checkDestination()
        let part = destination.deletingLastPathComponent().appending(
            path: destination.lastPathComponent + ".part", directoryHint: .isDirectory)
        try? FileManager.default.removeItem(at: part)
        do {
            try DataFiles.makeFolder(part)
            for kind in StoredFile.Kind.allCases { try DataFiles.makeFolder(DataFiles.folder(kind, in: part)) }
            let manifest = try copy(to: part, now)
            try DataFiles.sync(part)
            guard rename(part.path, destination.path) == 0 else {
                throw UpkeepFailure("cannot rename \(part.path): \(String(cString: strerror(errno)))")
            }
            try DataFiles.sync(destination.deletingLastPathComponent())
            return manifest
        } catch {
            try? FileManager.default.removeItem(at: part)
            throw error
        }
    }

    private func checkDestination() throws {
        if let present = try? FileManager.default.contentsOfDirectory(atPath: destination.path) {
            guard present.isEmpty else {
                throw UpkeepFailure("\(destination.path) is not empty. Name a folder that does not exist yet.")
            }
        } else if FileManager.default.fileExists(atPath: destination.path) {
            throw UpkeepFailure("\(destination.path) is a file. Name a folder that does not exist yet.")
        }
        guard FileManager.default.fileExists(atPath: DataFiles.database(source)) else {
            throw UpkeepFailure(
                "\(source.path) is no data directory: it has no \(DataFiles.databaseName). Name one with --data-dir.")
        }
    }

    private func copy(to part: URL, _ now: Date) throws -> BackupManifest {
        let database = DataFiles.database(part)
        var copied: [StoredFile: FileCondition] = [:]
        var named: [StoredFile] = []
        for round in 1...Self.rounds {
            unlink(database)
            try DatabaseFile(DataFiles.database(source)).copy(to: database)
            named = try DatabaseFile(database).files()
            for file in named where copied[file] != .sound { copied[file] = try copy(file, to: part) }
            // A checkpoint that is gone was most likely replaced; weights of runs that have succeeded never are.
            let isComplete = named.allSatisfy { copied[$0] != .missing }
            if isComplete || round == Self.rounds { break }
        }
        for (file, condition) in copied where condition != .sound || !named.contains(file) {
            unlink(DataFiles.url(file, in: part).path)
        }
        let lost = named.filter { copied[$0] != .sound }
        // Runs go on from what is left. Of weights the row stays, so that the server says that they are lost.
        try DatabaseFile.forget(lost.filter { $0.kind == .checkpoint }, inCopy: database)
        let copy = try DatabaseFile(database)
        let damage = try copy.damage()
        guard damage.isEmpty else {
            throw StorageError.corrupt(operation: "checking the copy", detail: damage.joined(separator: "; "))
        }
        chmod(database, 0o600)
        let (bytes, sha256) = try DataFiles.hash(database)
        let kept = named.filter { copied[$0] == .sound }
        let manifest = BackupManifest(
            plateau: Plateau.version, madeAt: now, databaseBytes: bytes, databaseSha256: sha256,
            checkpoints: kept.count { $0.kind == .checkpoint }, models: kept.count { $0.kind == .model },
            bytes: kept.reduce(bytes) { $0 + $1.bytes },
            leftOut: lost.map { DataFiles.complaint($0, copied[$0] ?? .missing) })
        try DataFiles.write(manifest, to: part.appending(path: BackupManifest.fileName))
        return manifest
    }

    private func copy(_ file: StoredFile, to part: URL) throws -> FileCondition {
        try DataFiles.copy(
            DataFiles.url(file, in: source), to: DataFiles.url(file, in: part), bytes: file.bytes, sha256: file.sha256)
    }
}
