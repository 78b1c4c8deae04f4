import Foundation
import HTTPTypes
import Storage
import TestSupport
import Testing

@testable import API

/// Trained weights, from the worker that sends them to the reader who asks for them.
@Suite struct ModelRouteTests {
    private let weights = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    private let finish = #"{"attempt":1,"test_dsc":0.5,"test_dsc_sd":0.1,"test_cases":2}"#

    private var hash: String { Digest.hex(Digest.sha256(weights)) }

    @Test func whatAWorkerSentIsWhatAReaderGets() async throws {
        let test = try await TestAPI()
        let run = try await test.trainedRun()
        let sent = try await test.ask(.put, "/v1/worker/runs/\(run.id)/model?attempt=1&sha256=\(hash)", weights)
        #expect(sent.status == 204)
        // Not before the run has been tested with them.
        let early = try await test.ask(.get, "/v1/runs/\(run.id)/model")
        #expect(early.status == 404)
        #expect(try early.decoded(ProblemBody.self).detail.contains("is running and has trained 1 of 1 epochs"))
        #expect(try await test.ask(.post, "/v1/worker/runs/\(run.id)/finish", json: finish).status == 200)

        let got = try await test.ask(.get, "/v1/runs/\(run.id)/model")
        #expect(got.status == 200 && got.body == weights)
        #expect(got.headers[.eTag] == "\"\(hash)\"" && got.headers[.contentType] == "application/octet-stream")
        #expect(got.headers[.contentDisposition] == "attachment; filename=\"\(run.id).safetensors\"")
        let known = try await test.ask(
            .get, "/v1/runs/\(run.id)/model", headers: [.ifNoneMatch: "\"\(hash)\""])
        #expect(known.status == 304 && known.body.isEmpty)
        let body = try await test.ask(.get, "/v1/runs/\(run.id)").decoded(RunBody.self)
        #expect(body.model == .init(bytes: weights.count, sha256: hash))
        #expect(try test.files("models").count == 1)
    }

    @Test func classScoresAreShownAsTheyWereSent() async throws {
        let test = try await TestAPI()
        let run = try await test.trainedRun()
        let classes = #"[{"name":"whole_tumour","dsc":0.9},{"name":"enhancing_tumour","dsc":0.7}]"#
        let report =
            #"{"attempt":1,"test_dsc":0.8,"test_dsc_sd":0.1,"test_cases":2,"test_dsc_by_class":"# + classes + "}"
        let finished = try await test.ask(.post, "/v1/worker/runs/\(run.id)/finish", json: report)
        let scores = try finished.decoded(RunBody.self).testDSCByClass
        #expect(scores == [.init(name: "whole_tumour", dsc: 0.9), .init(name: "enhancing_tumour", dsc: 0.7)])
    }

    @Test(arguments: [
        #"[]"#, #"[{"name":"a"}]"#, #"[{"name":"","dsc":0.5}]"#, #"[{"name":"a","dsc":1.5}]"#,
        #"[{"name":"a","dsc":0.5,"x":1}]"#, #"{"a":0.5}"#,
    ])
    func classScoresOutOfBoundsAreRefused(_ classes: String) async throws {
        let test = try await TestAPI()
        let run = try await test.trainedRun()
        let report =
            #"{"attempt":1,"test_dsc":0.8,"test_dsc_sd":0.1,"test_cases":2,"test_dsc_by_class":"# + classes + "}"
        #expect(try await test.ask(.post, "/v1/worker/runs/\(run.id)/finish", json: report).status == 422)
        #expect(try await test.store.run(run.id).state == .running)
    }

    @Test func aStaleAttemptCostsTheDiskNothing() async throws {
        let test = try await TestAPI()
        let run = try await test.trainedRun()
        let reply = try await test.ask(.put, "/v1/worker/runs/\(run.id)/model?attempt=2", weights)
        #expect(reply.status == 409)
        #expect(try reply.decoded(ProblemBody.self).type == "urn:plateau:problem:stale-attempt")
        #expect(try await test.ask(.put, "/v1/worker/runs/run_none/model?attempt=1", weights).status == 404)
        #expect(try test.files("models").isEmpty)
    }

    @Test func whatIsDamagedOnTheWayIsRefused() async throws {
        let test = try await TestAPI()
        let run = try await test.trainedRun()
        let path = "/v1/worker/runs/\(run.id)/model?attempt=1&sha256=\(hash)"
        for bytes in [Array(weights.dropLast()), []] {
            #expect(try await test.ask(.put, path, bytes).status == 422)
        }
        #expect(try test.files("models").isEmpty)
        #expect(try await test.store.model(ofRun: run.id) == nil)
    }

    @Test func noWeightsBeforeTheLastEpoch() async throws {
        let test = try await TestAPI()
        let run = try await test.trainedRun()
        _ = try await test.store.fail(run: run.id, attempt: 1, message: "x", retry: false)
        let other = try await test.trainedRun()
        // Nothing is kept of an upload that the store refuses.
        #expect(try await test.ask(.put, "/v1/worker/runs/\(run.id)/model?attempt=1", weights).status == 409)
        #expect(try await test.ask(.put, "/v1/worker/runs/\(other.id)/model", weights).status == 422)
        #expect(try test.files("models").isEmpty)
        let refused = try await test.ask(.get, "/v1/runs/\(run.id)/model")
        #expect(refused.status == 404)
        #expect(try refused.decoded(ProblemBody.self).detail.contains("only a run that succeeds"))
    }

    @Test func aRunThatFinishedWithoutWeightsSaysSo() async throws {
        let test = try await TestAPI()
        let run = try await test.trainedRun()
        _ = try await test.ask(.post, "/v1/worker/runs/\(run.id)/finish", json: finish)
        let reply = try await test.ask(.get, "/v1/runs/\(run.id)/model")
        #expect(reply.status == 404)
        #expect(try reply.decoded(ProblemBody.self).detail.contains("its worker sent none"))
        #expect(try await test.ask(.get, "/v1/runs/\(run.id)").decoded(RunBody.self).model == nil)
    }

    enum Damage: CaseIterable { case gone, cut, flipped, longer }

    @Test(arguments: Damage.allCases) func aDamagedFileIsNotSent(damage: Damage) async throws {
        let test = try await TestAPI()
        let run = try await test.trainedRun()
        _ = try await test.ask(.put, "/v1/worker/runs/\(run.id)/model?attempt=1", weights)
        _ = try await test.ask(.post, "/v1/worker/runs/\(run.id)/finish", json: finish)
        let file = test.folder.url.appending(path: "models").appending(path: try #require(test.files("models").first))
        switch damage {
        case .gone: try FileManager.default.removeItem(at: file)
        case .cut: try Data(weights.dropLast()).write(to: file)
        case .flipped: try Data(weights.dropLast() + [weights[weights.count - 1] ^ 1]).write(to: file)
        case .longer: try Data(weights + [0]).write(to: file)
        }
        let reply = try await test.ask(.get, "/v1/runs/\(run.id)/model")
        #expect(reply.status == 500)
        let problem = try reply.decoded(ProblemBody.self)
        #expect(problem.type == "urn:plateau:problem:model-damaged")
        #expect(problem.detail.contains("training gives the same"))
        #expect(!problem.detail.contains(test.folder.url.path))
    }

    @Test func aStartDeletesWhatNoRunHas() async throws {
        let test = try await TestAPI()
        let run = try await test.trainedRun()
        _ = try await test.ask(.put, "/v1/worker/runs/\(run.id)/model?attempt=1", weights)
        let kept = try test.files("models")
        let folder = test.folder.url.appending(path: "models")
        for name in ["run_lost-1-7.model", "run_lost-1-8.model.part"] {
            try Data([1]).write(to: folder.appending(path: name))
        }
        try await test.api.prepare()
        #expect(try test.files("models") == kept && kept.count == 1)
    }

    @Test func aSecondUploadReplacesTheFirst() async throws {
        let test = try await TestAPI()
        let run = try await test.trainedRun()
        for bytes in [[1, 2, 3], weights] {
            #expect(try await test.ask(.put, "/v1/worker/runs/\(run.id)/model?attempt=1", bytes).status == 204)
        }
        #expect(try test.files("models").count == 1)
        #expect(try await test.store.model(ofRun: run.id)?.sha256 == hash)
        _ = try await test.ask(.post, "/v1/runs/\(run.id)/cancel")
        #expect(try test.files("models").isEmpty)
    }
}
