import Foundation
import Storage

/// Looks a data directory over, whether or not a server runs on it, and says what is wrong and what to do. Changes nothing.
struct CheckUp {
    enum Status: String, Codable, Sendable, Comparable {
        case sound, warning, problem

        static func < (left: Status, right: Status) -> Bool { left.rank < right.rank }
        private var rank: Int { self == .sound ? 0 : self == .warning ? 1 : 2 }
    }

    struct Finding: Codable, Sendable, Equatable {
        /// What was looked at: `database`, `references`, `schema`, `files`, `leftovers`, `permissions`, `space`, `server`.
        var check: String
        var status: Status
        var detail: String
        /// What to do; nil where there is nothing.
        var advice: String?
    }

    struct Report: Codable, Sendable {
        /// The worst of the findings.
        var status: Status
        var dataDirectory: String
        var findings: [Finding]
    }

    let directory: URL
    /// The room on the disk of a folder, nil where it is not there.
    var room: (String) -> DiskSpace? = DiskSpace.of

    func perform() -> Report {
        var findings = [
            Finding(
                check: "server", status: .sound, detail: hasServer ? "one runs on it" : "none runs on it"),
            permissions(),
        ]
        findings += space().map { [$0] } ?? []
        do {
            findings += try database(DatabaseFile(DataFiles.database(directory)))
        } catch {
            // Of what cannot be opened nothing is known to be damaged: SQLite writes beside a database to read it.
            let advice =
                if case StorageError.cannotOpen = error {
                    "name the data directory with --data-dir, and run this as its owner, where it can be written to"
                } else {
                    restoreAdvice
                }
            findings.append(Finding(check: "database", status: .problem, detail: "\(error)", advice: advice))
        }
        return Report(
            status: findings.map(\.status).max() ?? .sound, dataDirectory: directory.path, findings: findings)
    }

    private var restoreAdvice: String {
        "stop the server and restore the last backup: plateau restore BACKUP --data-dir \(directory.path) --replace"
    }

    private func database(_ database: DatabaseFile) throws -> [Finding] {
        let damage = try database.damage()
        guard damage.isEmpty else {
            return [
                Finding(
                    check: "database", status: .problem, detail: damage.joined(separator: "; "), advice: restoreAdvice)
            ]
        }
        var findings = [Finding(check: "database", status: .sound, detail: "every page and index is sound")]
        let broken = try database.brokenReferences()
        findings.append(
            broken.isEmpty
                ? Finding(check: "references", status: .sound, detail: "every row that is named is there")
                : Finding(
                    check: "references", status: .problem, detail: broken.joined(separator: "; "),
                    advice: restoreAdvice))
        let schema = try database.schema()
        if !schema.unknown.isEmpty {
            findings.append(
                Finding(
                    check: "schema", status: .problem,
                    detail: "a newer plateau wrote it: it has \(schema.unknown.joined(separator: ", "))",
                    advice: "run that version or a later one"))
            return findings
        }
        findings.append(
            Finding(
                check: "schema", status: .sound,
                detail: schema.pending.isEmpty
                    ? "up to date" : "older; the next start adds \(schema.pending.joined(separator: ", "))"))
        return findings + (try files(database))
    }

    private func files(_ database: DatabaseFile) throws -> [Finding] {
        var named = try database.files()
        var bad = conditions(named)
        if bad.contains(where: { $0.1 == .missing }) {
            // A server may have replaced some since they were listed.
            named = try database.files()
            bad = conditions(named)
        }
        var findings = bad.map { file, condition in
            Finding(
                check: "files", status: file.kind == .model ? .problem : .warning,
                detail: DataFiles.complaint(file, condition),
                advice: file.kind == .model
                    ? "put the file back from a backup, or train the same size, depth and seed again for the same weights"
                    : "nothing: the run goes on from the checkpoint before, or from its first step; but look at the disk"
            )
        }
        if findings.isEmpty {
            findings.append(
                Finding(check: "files", status: .sound, detail: "all \(named.count) have the bytes that were written"))
        }
        return findings + leftovers(named)
    }

    private func conditions(_ files: [StoredFile]) -> [(StoredFile, FileCondition)] {
        files.map { file in
            let path = DataFiles.url(file, in: directory).path
            return (file, FileCondition.of(path, bytes: file.bytes, sha256: file.sha256))
        }.filter { $0.1 != .sound }
    }

    private func leftovers(_ named: [StoredFile]) -> [Finding] {
        let known = Set(named.map { DataFiles.url($0, in: directory).path })
        let left = StoredFile.Kind.allCases.flatMap { kind -> [String] in
            let folder = DataFiles.folder(kind, in: directory)
            let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
            return names.map { folder.appending(path: $0).path }.filter { !known.contains($0) }
        }
        // While a server runs, some are being written or about to be deleted.
        guard !left.isEmpty, !hasServer else { return [] }
        return [
            Finding(
                check: "leftovers", status: .warning,
                detail: "\(left.count) files that no run has, such as \(left.sorted()[0])",
                advice: "nothing: the next start of the server deletes them")
        ]
    }

    private var hasServer: Bool {
        let descriptor = open(directory.appending(path: "lock").path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        // Shared and given back at once.
        return flock(descriptor, LOCK_SH | LOCK_NB) != 0
    }

    private func permissions() -> Finding {
        var complaints: [String] = []
        var fixes: [String] = []
        guard let owner = status(directory) else {
            return Finding(
                check: "permissions", status: .problem,
                detail: "\(directory.path) is not there or cannot be looked into",
                advice: "name the data directory with --data-dir, and run this as its owner or as root")
        }
        if owner.st_mode & 0o077 != 0 {
            complaints.append("others on this machine may look into \(directory.path)")
            fixes.append("chmod 700 \(directory.path)")
        }
        let token = directory.appending(path: "admin-token")
        if let found = status(token), found.st_mode & 0o077 != 0 {
            complaints.append("others may read \(token.path)")
            fixes.append("chmod 600 \(token.path), and make a new token: this one may be known")
        }
        let names =
            ["", "-wal", "-shm"].map { DataFiles.databaseName + $0 } + ["checkpoints", "models", "cache", "lock"]
        for name in names {
            guard let found = status(directory.appending(path: name)), found.st_uid != owner.st_uid else { continue }
            complaints.append("\(name) does not belong to the owner of the directory")
            fixes.append("chown --reference=\(directory.path) \(directory.appending(path: name).path)")
        }
        guard !complaints.isEmpty else {
            return Finding(check: "permissions", status: .sound, detail: "only the owner can read it")
        }
        return Finding(
            check: "permissions", status: .problem, detail: complaints.joined(separator: "; "),
            advice: fixes.joined(separator: "; "))
    }

    private func space() -> Finding? {
        guard let free = room(directory.path) else { return nil }
        let detail = "\(free.freeBytes / (1 << 20)) MiB of \(free.totalBytes / (1 << 20)) MiB are free"
        let advice = "free some space on the disk of \(directory.path): without any nothing is accepted"
        guard free.isLow || free.isExhausted else {
            return Finding(check: "space", status: .sound, detail: detail)
        }
        return Finding(
            check: "space", status: free.isExhausted ? .problem : .warning, detail: detail, advice: advice)
    }

    private func status(_ url: URL) -> stat? {
        var found = stat()
        return lstat(url.path, &found) == 0 ? found : nil
    }
}
