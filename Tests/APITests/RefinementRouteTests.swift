import Foundation
import HTTPTypes
import LearningCurves
import Storage
import Testing

@testable import API

@Suite struct RefinementRouteTests {
    let api: TestAPI

    init() async throws { api = try await TestAPI() }

    /// Trains all runs of one new sweep.
    private func finishRuns(_ count: Int, epochs: Int = 4) async throws {
        var run = try await api.claimedRun(epochs: epochs, runs: count)
        for number in 1...count {
            let records = (1...epochs).map {
                EpochRecord(
                    epoch: $0, trainLoss: 1 / Double($0), valLoss: 1, valDSC: 0.6 - 0.3 / Double($0),
                    learningRate: 0.001, seconds: 1, imagesSeen: $0)
            }
            _ = try await api.store.record(records, run: run.id, attempt: run.attempt)
            _ = try await api.store.finish(
                run: run.id, attempt: run.attempt, testDSC: 0.5, testDSCSD: 0.1, testCases: 4,
                testDSCByClassJSON: nil)
            guard number < count else { return }
            run = try #require(try await api.nextRun())
        }
    }

    private func claim() async throws -> TestAPI.Reply {
        try await api.ask(.post, "/v1/worker/refinements/claim", json: #"{"worker": "w"}"#)
    }

    private func finish(_ version: String, _ json: String) async throws -> TestAPI.Reply {
        try await api.ask(.post, "/v1/worker/refinements/\(version)/finish", json: json)
    }

    private func kept(_ surrogate: Surrogate = .shipped) -> String {
        """
        {"decision": "kept", "training_curves": 10, "held_out_curves": 3, "refined_loss": 0.01, "current_loss": 0.02,
         "surrogate": "\(Data(surrogate.encoded()).base64EncodedString())"}
        """
    }

    private func modelVersion(_ api: TestAPI) async throws -> Int? {
        try await api.ask(.post, "/v1/forecasts", json: #"{"curve": [0.2, 0.5], "total_epochs": 20}"#)
            .decoded(ForecastBody.self).modelVersion
    }

    @Test func aKeptRefinementForecastsFromThenOn() async throws {
        try await finishRuns(11)
        #expect(try await claim().status == 204)
        try await finishRuns(2, epochs: 250)
        let reply = try await claim()
        #expect(reply.status == 200)
        let body: RefinementBody = try reply.decoded()
        #expect(body.version == 1 && body.baseVersion == 0 && body.curves.count == 13)
        #expect([UInt8](body.surrogate) == Surrogate.shipped.encoded())
        #expect(body.curves[0].totalEpochs == 4 && body.curves[0].curve.map(\.epoch) == [1, 2, 3, 4])
        #expect(body.curves[0].curve[1].valDSC == 0.6 - 0.3 / 2 && body.curves[0].config.size == 1)
        #expect(body.curves[12].totalEpochs == 250 && body.curves[12].curve.count == 100)

        // One worker is at it.
        #expect(try await claim().status == 204)
        #expect(try await modelVersion(api) == 0)
        #expect(try await finish("1", kept()).status == 204)
        #expect(try await modelVersion(api) == 1)
        let again = try await finish("1", kept())
        #expect(again.status == 409 && again.text.contains("stale-attempt"))

        // A quarter more, and not one less.
        try await finishRuns(3)
        #expect(try await claim().status == 204)
        try await finishRuns(1)
        let next: RefinementBody = try await claim().decoded()
        #expect(next.version == 2 && next.baseVersion == 1)

        let restarted = try api.restarted()
        try await restarted.api.prepare()
        #expect(try await modelVersion(restarted) == 1)
    }

    @Test func whatIsNoBetterIsNotTriedAgainSoon() async throws {
        try await finishRuns(12)
        #expect(try await claim().status == 200)
        let json = #"{"decision": "not_better", "training_curves": 10, "held_out_curves": 3, "refined_loss": null}"#
        #expect(try await finish("1", json).status == 204)
        #expect(try await modelVersion(api) == 0)
        #expect(try await claim().status == 204)
        try await finishRuns(3)
        #expect(try await claim().decoded(RefinementBody.self).version == 1)
    }

    /// The curves that it was refined on are there still: the next refinement waits for no more of them.
    @Test func whatAnOlderProgramStoredIsSoonReplaced() async throws {
        try await finishRuns(12)
        try await api.store.insertSurrogate(
            version: 1, bytes: Array("PLSG".utf8) + [1, 0, 0, 0], curves: 12, figuresJSON: "{}")
        try await api.api.prepare()
        #expect(try await modelVersion(api) == 0)
        let next: RefinementBody = try await claim().decoded()
        #expect(next.version == 2 && next.baseVersion == 0)
    }

    /// A worker that was told to stop gives it to the next.
    @Test func aStoppedRefinementIsDueAtOnce() async throws {
        try await finishRuns(12)
        #expect(try await claim().status == 200)
        let json = #"{"decision": "stopped", "training_curves": 0, "held_out_curves": 0}"#
        #expect(try await finish("1", json).status == 204)
        #expect(try await claim().status == 200)
    }

    @Test(arguments: [
        ("{}", "/decision"),
        (#"{"decision": "fine", "training_curves": 1, "held_out_curves": 1}"#, "/decision"),
        (#"{"decision": "kept", "training_curves": 1, "held_out_curves": 1}"#, "/surrogate"),
        (#"{"decision": "stopped", "training_curves": 1, "held_out_curves": 1, "surrogate": "AAAA"}"#, "/surrogate"),
        (#"{"decision": "kept", "training_curves": 1, "held_out_curves": 1, "surrogate": "A*"}"#, "/surrogate"),
        (#"{"decision": "kept", "training_curves": 1, "held_out_curves": 1, "surrogate": "AAAA"}"#, "/surrogate"),
        (#"{"decision": "stopped", "training_curves": -1, "held_out_curves": 1}"#, "/training_curves"),
    ])
    func aBadReportIsRefusedAndTheWorkStays(json: String, pointer: String) async throws {
        try await finishRuns(12)
        #expect(try await claim().status == 200)
        let reply = try await finish("1", json)
        #expect(reply.status == 422 && reply.text.contains("\"pointer\":\"\(pointer)\""), "\(reply.text)")
        #expect(try await finish("1", kept()).status == 204)
    }

    @Test func aVersionIsAWholeNumber() async throws {
        #expect(try await finish("x", kept()).status == 404)
        #expect(try await finish("0", kept()).status == 404)
        #expect(try await finish("7", kept()).status == 409)
    }
}
