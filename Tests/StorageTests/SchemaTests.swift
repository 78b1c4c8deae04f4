import Foundation
import GRDB
import Testing

@testable import Storage

@Suite struct SchemaTests {
    /// Once landed, a migration is never edited: its SHA-256 is written down here with it.
    @Test func migrationsAreThoseOfTheFolder() throws {
        let known = ["0001_create_schema": "588a65b03dede70e0fb82dfa44b58045a31d84b3046946b859984d02f330f976"]
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "migrations")
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        #expect(files == Migration.all.map { $0.name + ".sql" })
        for migration in Migration.all {
            let file = [UInt8](try Data(contentsOf: folder.appending(path: migration.name + ".sql")))
            #expect(file == migration.sql)
            #expect(Digest.hex(Digest.sha256(file)) == known[migration.name])
        }
    }

    @Test func writesAreSynchronousAndSurviveReopening() async throws {
        let test = try TemporaryStore()
        let level = try await test.store.pool.writeWithoutTransaction {
            try Int.fetchOne($0, sql: "PRAGMA synchronous")
        }
        #expect(level == 2)
        let sweep = try await test.addSweep(runs: 1)
        let again = try Store(.init(path: test.path))
        #expect(try await again.sweep(sweep.id).id == sweep.id)
    }

    @Test func aNewerSchemaIsRefused() throws {
        let test = try TemporaryStore()
        try test.store.pool.write {
            try $0.execute(sql: "INSERT INTO grdb_migrations (identifier) VALUES ('9999_from_the_future')")
        }
        #expect(throws: StorageError.newerSchema(path: test.path, unknown: ["9999_from_the_future"])) {
            try Store(.init(path: test.path))
        }
    }

    @Test func whatCannotBeOpenedIsSaid() throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "plateau-\(UUID().uuidString)")
        try Data("this is not a database, whatever its name may say".utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        #expect(throws: StorageError.self) { try Store(.init(path: file.path)) }
        #expect(throws: StorageError.self) { try Store(.init(path: file.path + "/under-a-file.sqlite")) }
    }

    @Test func aFullDiskChangesNothing() async throws {
        let test = try TemporaryStore()
        _ = try await test.addDataset("before")
        try await test.store.pool.writeWithoutTransaction { database in
            let pages = try Int.fetchOne(database, sql: "PRAGMA page_count") ?? 0
            try database.execute(sql: "PRAGMA max_page_count = \(pages)")
        }
        await #expect(throws: StorageError.full(operation: "accepting a sweep")) {
            try await test.store.insert(test.sweep(try await test.store.dataset("before"), runs: 900))
        }
        #expect(try await test.store.sweeps(limit: 10).items.isEmpty)
    }

    @Test(arguments: [
        "UPDATE run SET state = 'flying'",
        "UPDATE run SET state = 'succeeded'",
        "UPDATE run SET finished_at = 1",
        "UPDATE run SET lease_expires_at = 1",
        "UPDATE run SET test_dsc = 1.5",
        "UPDATE run SET epochs_done = epochs_total + 1",
        "UPDATE sweep SET state = 'failed'",
        "UPDATE sweep SET specification = 'not json'",
        "UPDATE token SET role = 'king'",
    ])
    func theSchemaRefuses(_ sql: String) async throws {
        let test = try TemporaryStore()
        _ = try await test.addSweep(runs: 1)
        _ = try await test.store.createToken(name: "a", role: "admin", expiresAt: nil)
        let error = #expect(throws: DatabaseError.self) { try test.store.pool.write { try $0.execute(sql: sql) } }
        #expect(error?.resultCode == .SQLITE_CONSTRAINT)
    }
}
