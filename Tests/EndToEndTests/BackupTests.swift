import Foundation
import TestSupport
import Testing

/// Backups of a server at work, and what they are for.
@Suite struct BackupTests {
    private let folder: TemporaryFolder
    private let directory: URL

    init() throws {
        folder = try TemporaryFolder()
        directory = folder.url.appending(path: "var")
    }

    private var options: [String] {
        ["--workers", "2", "--threads-per-worker", "1", "--data-root", folder.url.path]
    }

    private func backup(_ name: String) -> String { folder.url.appending(path: name).path }

    /// A sweep goes on from a backup made in its middle as if nothing had happened.
    @Test(.timeLimit(.minutes(5))) func aBackupMadeInTrainingGoesOnToTheSameCurves() async throws {
        let server = try await ServerProcess(directory: directory, options: options)
        let study = try Study(server, folder: folder.url)
        // One after the other, while epochs and checkpoints come and go.
        var last = ""
        for number in 1...4 {
            _ = try await server.line { $0.contains("[Worker] epoch") }
            last = backup("backup-\(number)")
            let made = try Study.succeed(try server.command("backup", last, "--json"))
            #expect(made.output.contains(#""left_out":[]"#))
            #expect(try CommandResult.of(ServerProcess.binary.path, ["doctor", "--data-dir", last]).status == 0)
        }
        #expect(try server.command("doctor").status == 0)
        try Study.succeed(try await server.watch(study.sweep))
        let expected = try study.results()
        #expect(server.end(SIGTERM) == 0)
        // After a clean stop the database is one file.
        let left = try FileManager.default.contentsOfDirectory(atPath: directory.path)
        #expect(left.filter { $0.hasPrefix("plateau.sqlite") } == ["plateau.sqlite"])

        // The machine is lost; another gets the backup.
        let other = folder.url.appending(path: "other")
        let restored = try CommandResult.of(ServerProcess.binary.path, ["restore", last, "--data-dir", other.path])
        #expect(restored.status == 0, "\(restored.errors)")
        #expect(restored.output.contains("wrote a new admin token"))
        let second = try await ServerProcess(directory: other, options: options)
        try Study.succeed(try await second.watch(study.sweep))
        let actual = try Study(study, on: second).results()
        #expect(actual.map(\.cell) == expected.map(\.cell))
        #expect(actual.map(\.curve) == expected.map(\.curve))
        #expect(actual.map(\.testDSC) == expected.map(\.testDSC))
        // A backup is not taken apart by being used, and holds nothing that lets anyone in.
        #expect(
            try Set(FileManager.default.contentsOfDirectory(atPath: last))
                == ["plateau.sqlite", "checkpoints", "models", "backup.json"])
        #expect(second.end(SIGTERM) == 0)
    }

    @Test(.timeLimit(.minutes(2))) func aDamagedDatabaseIsNotServedButRestored() async throws {
        let server = try await ServerProcess(directory: directory, options: ["--workers", "0"])
        try Study.succeed(try server.command("token", "create", "eyes", "--role", "reader"))
        try Study.succeed(try server.command("backup", backup("good")))
        // Not while a server runs on it.
        let early = try server.command("restore", backup("good"), "--replace")
        #expect(early.status == 1 && early.errors.contains("another plateau server is using"))
        #expect(server.end(SIGTERM) == 0)

        let database = directory.appending(path: "plateau.sqlite")
        // What the log beside it holds would be taken in place of the pages that are damaged here.
        try Study.succeed(
            try CommandResult.of(
                "python3",
                [
                    "-c",
                    "import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute('PRAGMA wal_checkpoint(TRUNCATE)')",
                    database.path,
                ]))
        var bytes = try Data(contentsOf: database)
        // The second page on: the first would not be taken for a database at all.
        for offset in stride(from: 4096, to: min(bytes.count, 10 * 4096), by: 4096) { bytes[offset] = 0x7f }
        try bytes.write(to: database)
        let refused = try run("serve", "--listen", "127.0.0.1:0", "--workers", "0")
        #expect(refused.status == 6)
        #expect(refused.errors.contains("the database is damaged") && refused.errors.contains("plateau restore BACKUP"))
        let examined = try run("doctor")
        #expect(examined.status == 1 && examined.output.contains("problem: database"))
        #expect(examined.output.contains("plateau restore BACKUP --data-dir \(directory.path)"))
        // Nor is it copied over a good backup's like.
        #expect(try run("backup", backup("bad")).status == 1)
        #expect(!FileManager.default.fileExists(atPath: backup("bad")))

        let careless = try run("restore", backup("good"))
        #expect(careless.status == 1 && careless.errors.contains("--replace"))
        let restored = try run("restore", backup("good"), "--replace", "--json")
        struct Outcome: Decodable { var setAside: String }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let aside = try decoder.decode(Outcome.self, from: Data(restored.output.utf8)).setAside
        #expect(restored.status == 0)
        #expect(try Data(contentsOf: URL(filePath: aside).appending(path: "plateau.sqlite"))[4096] == 0x7f)
        #expect(try run("doctor").status == 0)
        let again = try await ServerProcess(directory: directory, options: ["--workers", "0"])
        // With the admin token of before.
        #expect(try Study.succeed(try again.command("token", "list")).output.contains("eyes"))
        #expect(again.end(SIGTERM) == 0)
    }

    private func run(_ arguments: String...) throws -> CommandResult {
        try CommandResult.of(ServerProcess.binary.path, arguments, environment: ["PLATEAU_DATA_DIR": directory.path])
    }
}
