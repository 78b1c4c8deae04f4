import Foundation
import GRDB
import Testing

@testable import Storage

@Suite struct SchemaTests {
    /// Once landed, a migration is never edited: its SHA-256 is written down here with it.
    @Test func migrationsAreThoseOfTheFolder() throws {
        let known = [
            "0001_create_schema": "588a65b03dede70e0fb82dfa44b58045a31d84b3046946b859984d02f330f976",
            "0002_add_models_and_class_scores": "d95e3177b7c827a09e7efdc09d38d79db0cf1042b81433a21916fd6e606d2550",
            "0003_order_changes": "7d589b225db3d12d48b5e646a749c88a5648c5ec747c2b372cd3a40f611cd54c",
            "0004_add_priority_and_fair_share": "842dad70679afb07449300b780b8ffa26d13415e9c34a872f79cb4daadef5e37",
            "0005_add_retries": "01a587b4f8b599a373f532efa35245c8666d41e35ed5d20dec48aabaf6c912df",
            "0006_add_pauses": "fd658fea1ca54743f09d065112c843275f30fd0be7250a08dce81d982a1a9f71",
            "0007_index_unfinished_runs": "87f6a1da111dcc86fb8d89e62dc7e4b3d4ab28ff4bc1497d7484f4a0e7661ae8",
            "0008_add_limits": "fbbcb467bb844663d437026cc2e29b240547b73443780b42bd4d1c7b8b75a6ae",
            "0009_keep_previous_checkpoints": "948cb476c3ce65e23ef4726257d353ed60b4c9469ba432dbdf7316d20a594949",
            "0010_add_audit": "06e6cc7ee4ea8063bae1db7b63cbe79f8ae534535bc43fa81ce1b73fae4118ef",
            "0011_add_early_stops": "307aa8a9e3b55d5d10619f4db4205ce0b3c98d6725ece53ccb6764fac15d0404",
            "0012_add_plans": "ccfe8ce302ff27e15cc81c15d8f644b7723984c948ff5f38a08b488fc81a8d61",
            "0013_add_curves": "adcd23109c60c38a50bb2d072a7252ebd79041c0780ff1d07aa40b372be33ecb",
            "0014_speed_up_claims": "7ac8aec7390f575dc9cdf0ab7095a34fa44d7fb9310257221a9dcf7f09d255a2",
        ]
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

    /// A copy of the one file is then all there is.
    @Test func aClosedStoreLeavesOneFile() async throws {
        let test = try TemporaryStore()
        let sweep = try await test.addSweep(runs: 1)
        _ = try await test.store.run(test.store.runs(ofSweep: sweep.id, limit: 1).items[0].id)
        #expect(try FileManager.default.contentsOfDirectory(atPath: test.folder.path).count > 1)
        try test.store.close()
        #expect(try FileManager.default.contentsOfDirectory(atPath: test.folder.path) == ["test.sqlite"])
        await #expect(throws: (any Error).self) { try await test.store.sweep(sweep.id) }
        #expect(try await test.reopened().sweep(sweep.id).id == sweep.id)
    }

    /// What an older program left goes on under this one.
    @Test(arguments: Migration.all.indices.dropLast()) func anOlderSchemaIsBroughtUpToDate(last: Int) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "plateau-upgrade-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: "old.sqlite").path
        do {
            let old = try DatabasePool(path: path)
            try Migration.migrator.migrate(old, upTo: Migration.all[last].name)
            try await old.write { database in
                try database.execute(
                    sql: """
                        INSERT INTO dataset VALUES (1, 'ds_1', 'set', '/set', 'image-mask', 2, 3,
                            '\(String(repeating: "a", count: 64))', '{}', '{}', '{}', 0);
                        INSERT INTO sweep (seq, id, dataset_id, state, specification, created_at)
                            VALUES (1, 'sw_1', 'ds_1', 'running', '{}', 0);
                        INSERT INTO run (id, sweep_seq, state, size, fraction, depth, seed, subset_hash, steps_per_epoch,
                                         epochs_total, epochs_done, parameter_count, attempt, test_dsc, test_cases,
                                         created_at, finished_at)
                            VALUES ('run_done', 1, 'succeeded', 4, 0.5, 3, 0, 'h', 2, 1, 1, 10, 1, 0.75, 2, 0, 1);
                        INSERT INTO run (id, sweep_seq, state, size, fraction, depth, seed, subset_hash, steps_per_epoch,
                                         epochs_total, parameter_count, created_at)
                            VALUES ('run_next', 1, 'queued', 5, 0.5, 3, 0, 'h', 2, 1, 10, 0);
                        """)
                if try database.tableExists("submitter") {
                    try database.execute(sql: "INSERT INTO submitter (id) VALUES ('')")
                }
            }
            try old.close()
        }
        let store = try Store(.init(path: path))
        let done = try await store.run("run_done")
        #expect(done.testDSC == 0.75 && done.testCases == 2 && done.testDSCByClassJSON == nil && done.model == nil)
        let next = try #require(try await store.claim(worker: "w", leaseSeconds: 20))
        #expect(next.id == "run_next")
        _ = try await store.record([TemporaryStore.epoch(1)], run: next.id, attempt: 1)
        _ = try await store.finish(
            run: next.id, attempt: 1, testDSC: 0.5, testDSCSD: 0, testCases: 1, testDSCByClassJSON: "[]")
        #expect(try await store.run(next.id).testDSCByClassJSON == "[]")
        #expect(try await store.sweep("sw_1").state == .succeeded)
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

    @Test func aDamagedPageIsFoundAtTheStart() async throws {
        let test = try TemporaryStore()
        _ = try await test.addSweep(runs: 200)
        try await test.store.pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)") }
        let copy = test.folder.appending(path: "damaged.sqlite")
        var bytes = try Data(contentsOf: URL(filePath: test.path))
        let page = bytes.count / 4096 / 2 * 4096
        for offset in page..<page + 4096 { bytes[offset] = 0xff }
        try bytes.write(to: copy)
        let error = #expect(throws: StorageError.self) { try Store(.init(path: copy.path)) }
        guard case .corrupt = error else {
            Issue.record("\(error as Any)")
            return
        }
        #expect("\(error as Any)".contains("plateau restore BACKUP"))
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
        "UPDATE run SET priority = 101",
        "UPDATE run SET state = 'running', lease_expires_at = 1, not_before = 1",
        "UPDATE run SET state = 'paused'",
        "UPDATE run SET pause = 'run'",
        "UPDATE run SET state = 'paused', pause = 'token'",
        "UPDATE run SET reason = 'none'",
        "UPDATE run SET tolerance = 0.6",
        "UPDATE sweep SET plan = 'not json'",
        "UPDATE sweep SET state = 'cancelled', finished_at = 1, plan_open = 1",
        "UPDATE run SET stop_low = 0.1, stop_median = 0.2, stop_high = 0.3, stop_version = 0",
        "UPDATE run SET state = 'stopped_early', finished_at = 1, test_dsc = 0.5",
        "UPDATE run SET stop_low = 0.3, stop_median = 0.2",
        "UPDATE run SET threads = 0",
        "UPDATE submitter SET in_training = -1",
        "UPDATE sweep SET cpu_hours = 0",
        "UPDATE sweep SET max_failures = 0",
        "UPDATE sweep SET backoff_seconds = -1",
        "INSERT INTO failure_log SELECT seq, 1, printf('%.*c', 16385, 'x') FROM run",
        "UPDATE sweep SET state = 'failed'",
        "UPDATE sweep SET specification = 'not json'",
        "UPDATE token SET role = 'king'",
        "UPDATE run SET test_dsc_by_class = 'not json'",
        "INSERT INTO model SELECT seq, 1, 'f', 0, id, 0 FROM run",
        "INSERT INTO model SELECT seq, 1, 'f', 1, 'short', 0 FROM run",
    ])
    func theSchemaRefuses(_ sql: String) async throws {
        let test = try TemporaryStore()
        _ = try await test.addSweep(runs: 1)
        _ = try await test.store.createToken(name: "a", role: "admin", expiresAt: nil)
        let error = #expect(throws: DatabaseError.self) { try test.store.pool.write { try $0.execute(sql: sql) } }
        #expect(error?.resultCode == .SQLITE_CONSTRAINT)
    }
}
