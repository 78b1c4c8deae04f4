import Testing

@testable import Storage

/// Trained weights: kept with the attempt that was tested, and with no run that did not succeed.
@Suite struct ModelTests {
    private let test: TemporaryStore

    init() throws { test = try TemporaryStore() }

    private func model(_ file: String, attempt: Int = 1) -> ModelRecord {
        ModelRecord(attempt: attempt, file: file, bytes: 7, sha256: String(repeating: "d", count: 64))
    }

    /// A run whose only epoch is on record.
    private func trained() async throws -> RunRecord {
        _ = try await test.addSweep(runs: 1, epochs: 1)
        let run = try await test.claim()
        _ = try await test.store.record([TemporaryStore.epoch(1)], run: run.id, attempt: 1)
        return run
    }

    private func finish(_ run: RunRecord, attempt: Int = 1) async throws -> OrphanedFiles {
        try await test.store.finish(run: run.id, attempt: attempt, testDSC: 0.5, testDSCSD: 0, testCases: 1).orphans
    }

    @Test func weightsAreThereOnceTheRunHasSucceeded() async throws {
        let run = try await trained()
        #expect(try await test.store.save(model("a"), run: run.id) == nil)
        #expect(try await test.store.run(run.id).model == nil)
        #expect(try await finish(run) == OrphanedFiles())
        #expect(try await test.store.run(run.id).model == model("a"))
        #expect(try await test.store.modelFiles() == ["a"])
    }

    @Test func noWeightsBeforeTheLastEpoch() async throws {
        _ = try await test.addSweep(runs: 1, epochs: 2)
        let run = try await test.claim()
        _ = try await test.store.record([TemporaryStore.epoch(1)], run: run.id, attempt: 1)
        await #expect(throws: StorageError.self) { try await test.store.save(model("a"), run: run.id) }
        #expect(try await test.store.modelFiles().isEmpty)
    }

    @Test func laterWeightsReplaceEarlierOnes() async throws {
        let run = try await trained()
        _ = try await test.store.save(model("a"), run: run.id)
        #expect(try await test.store.save(model("b"), run: run.id) == "a")
        _ = try await test.store.release(run: run.id, attempt: 1)
        _ = try await test.claim()
        #expect(try await test.store.save(model("c", attempt: 2), run: run.id) == "b")
        #expect(try await finish(run, attempt: 2) == OrphanedFiles())
        #expect(try await test.store.run(run.id).model?.file == "c")
    }

    @Test func weightsOfAnotherAttemptThanTheTestedAreDropped() async throws {
        let run = try await trained()
        _ = try await test.store.save(model("a"), run: run.id)
        _ = try await test.store.release(run: run.id, attempt: 1)
        _ = try await test.claim()
        #expect(try await finish(run, attempt: 2) == OrphanedFiles(models: ["a"]))
        #expect(try await test.store.run(run.id).model == nil)
    }

    enum End: CaseIterable { case cancelled, sweepCancelled, failed, lost }

    @Test(arguments: End.allCases) func whatDoesNotSucceedLeavesNone(end: End) async throws {
        let run = try await trained()
        _ = try await test.store.save(model("a"), run: run.id)
        let orphans: OrphanedFiles
        switch end {
        case .cancelled: orphans = try await test.store.cancel(run: run.id).orphans
        case .sweepCancelled: orphans = try await test.store.cancel(sweep: run.sweepID).orphans
        case .failed:
            orphans = try await test.store.fail(run: run.id, attempt: 1, message: "x", retry: false).orphans
        case .lost:
            // Once is forgiven: the file stays for the next attempt to replace.
            test.clock.advance(21)
            #expect(try await test.store.requeueExpired().orphans == OrphanedFiles())
            _ = try await test.claim()
            test.clock.advance(21)
            orphans = try await test.store.requeueExpired().orphans
        }
        #expect(orphans == OrphanedFiles(models: ["a"]))
        #expect(try await test.store.modelFiles().isEmpty)
    }
}
