import Foundation
import Storage
import TestSupport
import Testing

@testable import plateau

/// Backup, restore and check-up of a data directory, fault by fault.
@Suite struct UpkeepTests {
    private let folder: TemporaryFolder
    private let source: URL
    private let backup: URL

    init() async throws {
        folder = try TemporaryFolder()
        source = folder.url.appending(path: "var", directoryHint: .isDirectory)
        backup = folder.url.appending(path: "backup", directoryHint: .isDirectory)
        try DataFiles.makeFolder(source)
        for kind in StoredFile.Kind.allCases { try DataFiles.makeFolder(DataFiles.folder(kind, in: source)) }
        let store = try Store(.init(path: DataFiles.database(source)))
        try await fill(store)
        let (_, secret) = try await store.createToken(name: "admin", role: "admin", expiresAt: nil)
        try DataDirectory.write(secret + "\n", to: source.appending(path: "admin-token"))
    }

    /// A run with two checkpoints, and one with weights.
    private func fill(_ store: Store) async throws {
        let dataset = try await store.insert(
            NewDataset(
                name: "set", path: "/data", layout: "image-mask", dimensions: 2, channels: 3,
                dataHash: String(repeating: "a", count: 64), factsJSON: "{}", splitJSON: "{}", manifestJSON: "{}"))
        _ = try await store.insert(
            NewSweep(
                name: nil, datasetID: dataset.id, submitter: "", specificationJSON: "{}",
                runs: (0..<2).map { seed in
                    .init(
                        size: 1, fraction: 1, depth: 3, seed: seed, subsetHash: "h", stepsPerEpoch: 1, epochsTotal: 1,
                        parameterCount: 10)
                }, idempotency: nil))
        for kind in [StoredFile.Kind.checkpoint, .model] {
            guard let run = try await store.claim(worker: "w", leaseSeconds: 60) else { return }
            for number in 1...(kind == .model ? 1 : 2) {
                let (name, bytes) = ("\(kind.rawValue)-\(number)", [UInt8](repeating: UInt8(number), count: 300_000))
                try Data(bytes).write(to: DataFiles.folder(kind, in: source).appending(path: name))
                let hash = Digest.hex(Digest.sha256(bytes))
                if kind == .checkpoint {
                    _ = try await store.save(
                        CheckpointRecord(
                            attempt: 1, epoch: 0, step: number, file: name, bytes: bytes.count, sha256: hash),
                        run: run.id)
                } else {
                    let epoch = EpochRecord(
                        epoch: 1, trainLoss: 1, valLoss: 1, valDSC: 0.5, learningRate: 0.1, seconds: 1, imagesSeen: 1)
                    _ = try await store.record([epoch], run: run.id, attempt: 1)
                    _ = try await store.save(
                        ModelRecord(attempt: 1, file: name, bytes: bytes.count, sha256: hash), run: run.id)
                    _ = try await store.finish(run: run.id, attempt: 1, testDSC: 0.5, testDSCSD: 0, testCases: 1)
                }
            }
        }
    }

    private func path(_ kind: StoredFile.Kind, _ name: String, in directory: URL? = nil) -> URL {
        DataFiles.folder(kind, in: directory ?? source).appending(path: name)
    }

    /// On a disk with room.
    private var checkUp: CheckUp {
        CheckUp(directory: source, room: { _ in DiskSpace(freeBytes: 1 << 40, totalBytes: 1 << 41) })
    }

    private func make() throws -> BackupManifest {
        try Backup(source: source, destination: backup).make(now: Date(timeIntervalSince1970: 1_800_000_000))
    }

    private func restore(to name: String = "restored", replaces: Bool = false) async throws -> Restore.Outcome {
        try await Restore(
            source: backup, dataDirectory: folder.url.appending(path: name).path, replaces: replaces
        ).perform()
    }

    @Test func aBackupHoldsWhatTheDatabaseNames() async throws {
        try Data([1]).write(to: path(.checkpoint, "left-over"))
        let manifest = try make()
        #expect(manifest.checkpoints == 2 && manifest.models == 1 && manifest.leftOut.isEmpty)
        #expect(manifest == (try BackupManifest.read(backup)))
        let names = try FileManager.default.contentsOfDirectory(atPath: backup.appending(path: "checkpoints").path)
        #expect(names.sorted() == ["checkpoint-1", "checkpoint-2"])
        let report = CheckUp(directory: backup).perform()
        #expect(report.status != .problem, "\(report.findings)")
        #expect(throws: UpkeepFailure.self) { try make() }
    }

    @Test func aDamagedCheckpointIsLeftOutAndItsRunForgetsIt() async throws {
        try Data([9]).write(to: path(.checkpoint, "checkpoint-2"))
        let manifest = try make()
        #expect(manifest.checkpoints == 1 && manifest.leftOut.count == 1)
        #expect(try DatabaseFile(DataFiles.database(backup)).files().map(\.name) == ["checkpoint-1", "model-1"])
        #expect(try await restore().lost.isEmpty)
    }

    @Test func lostWeightsAreSaidToBeLostAndStayOnRecord() async throws {
        try FileManager.default.removeItem(at: path(.model, "model-1"))
        let manifest = try make()
        #expect(manifest.models == 0 && manifest.leftOut.first?.contains("model-1") == true)
        let outcome = try await restore()
        #expect(outcome.lost.first?.contains("model-1") == true && outcome.checkpoints == 2)
    }

    @Test func whatCannotBeOpenedIsNotSaidToBeDamaged() throws {
        try FileManager.default.removeItem(atPath: DataFiles.database(source))
        let finding = checkUp.perform().findings.first { $0.check == "database" }
        #expect(finding?.status == .problem && finding?.advice?.contains("can be written to") == true)
    }

    @Test func aRestoredDirectoryHasItAll() async throws {
        _ = try make()
        let outcome = try await restore()
        let target = folder.url.appending(path: "restored", directoryHint: .isDirectory)
        #expect(outcome.lost.isEmpty && outcome.setAside == nil)
        for (kind, name) in [(StoredFile.Kind.checkpoint, "checkpoint-2"), (.model, "model-1")] {
            #expect(try Data(contentsOf: path(kind, name, in: target)) == Data(contentsOf: path(kind, name)))
        }
        // The backup has no secret, so there is a new one, and it is good.
        let secret = try String(contentsOf: target.appending(path: "admin-token"), encoding: .utf8)
            .trimmingCharacters(in: .whitespacesAndNewlines)
        let store = try Store(.init(path: DataFiles.database(target)))
        #expect(try await store.token(secret: secret)?.role == "admin")
        #expect(CheckUp(directory: target).perform().status == .sound)
    }

    @Test func whatIsThereIsSetAsideOnlyWhenAsked() async throws {
        _ = try make()
        await #expect(throws: UpkeepFailure.self) { try await restore(to: "var") }
        let before = try Data(contentsOf: path(.model, "model-1"))
        let secret = try Data(contentsOf: source.appending(path: "admin-token"))
        let outcome = try await restore(to: "var", replaces: true)
        let aside = URL(filePath: try #require(outcome.setAside), directoryHint: .isDirectory)
        #expect(try Data(contentsOf: path(.model, "model-1", in: aside)) == before)
        // Its token is one that the backup knows.
        #expect(outcome.newAdminToken == nil)
        #expect(try Data(contentsOf: source.appending(path: "admin-token")) == secret)
    }

    @Test func aDamagedBackupTouchesNothing() async throws {
        _ = try make()
        let database = URL(filePath: DataFiles.database(backup))
        var bytes = try Data(contentsOf: database)
        bytes[bytes.count - 10] ^= 1
        try bytes.write(to: database)
        let before = try Data(contentsOf: URL(filePath: DataFiles.database(source)))
        await #expect(throws: UpkeepFailure.self) { try await restore(to: "var", replaces: true) }
        #expect(try Data(contentsOf: URL(filePath: DataFiles.database(source))) == before)
        await #expect(throws: UpkeepFailure.self) {
            try await Restore(source: source, dataDirectory: backup.path, replaces: true).perform()
        }
    }

    @Test func aRestoreThatWasCutOffKeepsAServerFromStarting() async throws {
        _ = try make()
        try Data().write(to: source.appending(path: "restoring"))
        #expect(throws: DataDirectory.Failure.self) { try DataDirectory(source.path) }
        _ = try await restore(to: "var", replaces: true)
        #expect(!FileManager.default.fileExists(atPath: source.appending(path: "restoring").path))
    }

    @Test func aSoundDirectoryIsFoundSound() throws {
        let report = checkUp.perform()
        #expect(report.status == .sound, "\(report.findings)")
        #expect(
            Set(report.findings.map(\.check)) == [
                "server", "permissions", "space", "database", "references", "schema", "files",
            ])
    }

    enum Fault: CaseIterable {
        case model, checkpoint, leftover, token, folder, space, reference, newer, pages, missing
    }

    @Test(arguments: Fault.allCases) func whatIsWrongIsSaidWithWhatToDo(fault: Fault) throws {
        var checkUp = checkUp
        let database = DataFiles.database(source)
        let expected: (String, CheckUp.Status)
        switch fault {
        case .model:
            try Data([1]).write(to: path(.model, "model-1"))
            expected = ("files", .problem)
        case .checkpoint:
            try FileManager.default.removeItem(at: path(.checkpoint, "checkpoint-2"))
            expected = ("files", .warning)
        case .leftover:
            try Data([1]).write(to: path(.model, "nobodys"))
            expected = ("leftovers", .warning)
        case .token:
            chmod(source.appending(path: "admin-token").path, 0o644)
            expected = ("permissions", .problem)
        case .folder:
            chmod(source.path, 0o755)
            expected = ("permissions", .problem)
        case .space:
            checkUp.room = { _ in DiskSpace(freeBytes: 1 << 29, totalBytes: 1 << 41) }
            expected = ("space", .warning)
        case .reference:
            try sqlite(database, "UPDATE checkpoint SET run_seq = 99 WHERE file = 'checkpoint-1'")
            expected = ("references", .problem)
        case .newer:
            try sqlite(database, "INSERT INTO grdb_migrations VALUES ('9999_from_the_future')")
            expected = ("schema", .problem)
        case .pages:
            // All is in the file once its log has been taken over.
            try sqlite(database, "PRAGMA wal_checkpoint(TRUNCATE)")
            var bytes = try Data(contentsOf: URL(filePath: database))
            for offset in stride(from: 4096, to: bytes.count, by: 4096) { bytes[offset] = 0x7f }
            try bytes.write(to: URL(filePath: database))
            expected = ("database", .problem)
        case .missing:
            try FileManager.default.removeItem(atPath: database)
            expected = ("database", .problem)
        }
        let report = checkUp.perform()
        #expect(report.status == expected.1)
        let finding = try #require(report.findings.first { $0.check == expected.0 && $0.status == expected.1 })
        #expect(finding.advice?.isEmpty == false)
    }

    private func sqlite(_ database: String, _ sql: String) throws {
        let script = "import sqlite3, sys; sqlite3.connect(sys.argv[1]).executescript(sys.argv[2])"
        let result = try CommandResult.of("python3", ["-c", script, database, sql])
        #expect(result.status == 0, "\(result.errors)")
    }
}
