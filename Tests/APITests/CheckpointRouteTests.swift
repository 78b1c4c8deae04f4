import Foundation
import HTTPTypes
import Storage
import TestSupport
import Testing

@testable import API

/// Checkpoints, from the worker that sends them to the one that goes on from them.
@Suite struct CheckpointRouteTests {
    private let test: TestAPI

    init() async throws { test = try await TestAPI() }

    private func bytes(_ step: Int) -> [UInt8] { (0..<5000).map { UInt8(truncatingIfNeeded: $0 &* step) } }

    private func hash(_ step: Int) -> String { Digest.hex(Digest.sha256(bytes(step))) }

    /// A run with an epoch on record and checkpoints after these steps.
    private func run(checkpoints steps: Int...) async throws -> RunRecord {
        let run = try await test.claimedRun(epochs: 3)
        let epoch = EpochRecord(
            epoch: 1, trainLoss: 1, valLoss: 1, valDSC: 0.5, learningRate: 0.1, seconds: 1, imagesSeen: 1)
        _ = try await test.store.record([epoch], run: run.id, attempt: 1)
        for step in steps {
            let path = "/v1/worker/runs/\(run.id)/checkpoint?attempt=1&epoch=1&step=\(step)&sha256=\(hash(step))"
            #expect(try await test.ask(.put, path, bytes(step)).status == 200)
        }
        return run
    }

    /// Claims the run once more and reads what it is to go on from.
    private func goOn(_ run: RunRecord) async throws -> (claim: ClaimBody.Checkpoint?, sent: TestAPI.Reply) {
        _ = try await test.store.release(run: run.id, attempt: 1)
        let claim = try await test.ask(.post, "/v1/worker/claim", json: #"{"worker":"w"}"#).decoded(ClaimBody.self)
        #expect(claim.run.id == run.id && claim.run.epochsDone == 1)
        return (claim.checkpoint, try await test.ask(.get, "/v1/worker/runs/\(run.id)/checkpoint?attempt=2"))
    }

    private func file(_ step: Int) throws -> URL {
        let name = try #require(test.files("checkpoints").first { $0.contains("-1-\(step)-") })
        return test.folder.url.appending(path: "checkpoints").appending(path: name)
    }

    private func flip(_ step: Int) throws {
        var damaged = bytes(step)
        damaged[100] ^= 4
        try Data(damaged).write(to: try file(step))
    }

    @Test func theNewestIsSent() async throws {
        let run = try await run(checkpoints: 1, 2, 3)
        #expect(try test.files("checkpoints").count == 2)
        let (claim, sent) = try await goOn(run)
        #expect(claim?.step == 3 && claim?.sha256 == hash(3))
        #expect(sent.status == 200 && sent.body == bytes(3) && sent.headers[.eTag] == "\"\(hash(3))\"")
    }

    @Test(arguments: [true, false]) func theOneBeforeADamagedOneIsSent(isGone: Bool) async throws {
        let run = try await run(checkpoints: 1, 2, 3)
        if isGone { try FileManager.default.removeItem(at: try file(3)) } else { try flip(3) }
        let (claim, sent) = try await goOn(run)
        #expect(claim?.step == 2 && claim?.sha256 == hash(2))
        #expect(sent.status == 200 && sent.body == bytes(2) && sent.headers[.eTag] == "\"\(hash(2))\"")
        #expect(try test.files("checkpoints").count == 1)
    }

    /// Damaged after the claim spoke of it.
    @Test func whatIsSentIsLookedAtOnceMore() async throws {
        let run = try await run(checkpoints: 1, 2)
        try flip(2)
        let sent = try await test.ask(.get, "/v1/worker/runs/\(run.id)/checkpoint?attempt=1")
        #expect(sent.body == bytes(1) && sent.headers[.eTag] == "\"\(hash(1))\"")
    }

    @Test func withoutASoundOneTheRunBeginsAnew() async throws {
        let run = try await run(checkpoints: 1, 2)
        try flip(1)
        try flip(2)
        let (claim, sent) = try await goOn(run)
        #expect(claim == nil && sent.status == 404)
        #expect(try test.files("checkpoints").isEmpty)
        // Its first epoch, trained and told again, changes nothing; the second follows.
        let epochs = (1...2).map {
            EpochRecord(
                epoch: $0, trainLoss: 9, valLoss: 9, valDSC: 0.9, learningRate: 0.1, seconds: 1, imagesSeen: $0)
        }
        #expect(try await test.store.record(epochs, run: run.id, attempt: 2) == 2)
        #expect(try await test.store.curve(ofRun: run.id).map(\.trainLoss) == [1, 9])
    }

    @Test func aStartKeepsBothAndNothingElse() async throws {
        _ = try await run(checkpoints: 1, 2, 3)
        let kept = Set(try test.files("checkpoints"))
        let folder = test.folder.url.appending(path: "checkpoints")
        for name in ["run_lost-1-1-7.checkpoint", "run_lost-1-2-7.checkpoint.part"] {
            try Data([1]).write(to: folder.appending(path: name))
        }
        try await test.api.prepare()
        #expect(Set(try test.files("checkpoints")) == kept && kept.count == 2)
    }
}
