import Datasets
import Foundation
import NeuralNets
import Testing

@testable import Worker

/// Runs over volumes: patches, several classes, evaluation at full extent.
@Suite(.timeLimit(.minutes(5))) struct VolumeRunTests {
    private let study: TinyStudy
    private let server: ScriptedServer

    init() throws {
        var study = try TinyStudy(volumes: true)
        study.augmentation = VariationTests.all
        self.study = study
        server = try study.server()
    }

    private func trained(_ script: RunScript, _ port: Int, threads: Int = 1) async throws -> Outcome {
        server.add(script)
        try await study.drain(server, port) { $0.threads = threads }
        let outcome = try Outcome(server.journal.events, run: script.id)
        try #require(outcome.curve.count == script.epochs && outcome.scores.count == 1 && outcome.weights.count == 1)
        return outcome
    }

    @Test func reportsEachClass() async throws {
        let outcome = try await server.serve { try await trained(study.run, $0) }
        let score = outcome.scores[0]
        #expect(score.cases == 2 && score.byClass.map(\.name) == ["organ", "lesion"])
        #expect(abs(score.byClass.reduce(0) { $0 + $1.dsc } / 2 - score.dsc) < 1e-12)
        let file = try SafeTensors(bytes: try #require(server.model(of: "run")))
        // Background, organ and lesion.
        #expect(file.tensors["model.2.1.conv.unit0.conv.weight"]?.shape == [3, 3, 3, 3, 3])
        let input = try #require(file.metadata["input"])
        #expect(input.contains(#""patch_size":[12,10,14]"#) && input.contains("sliding window"))
        #expect(file.metadata["monai_unet"]?.contains(#""spatial_dims":3"#) == true)
        #expect(file.metadata["output"] == #"{"activation":"softmax","classes":["organ","lesion"]}"#)
    }

    @Test func learns() async throws {
        let curve = try await server.serve { port in
            try await trained(study.run.with { ($0.epochs, $0.stepsPerEpoch, $0.learningRate) = (3, 40, 5e-3) }, port)
        }.curve
        #expect(curve[2].trainLoss < curve[0].trainLoss && curve[2].valDsc > 0.3)
    }

    @Test func threadsAndAStopChangeNothing() async throws {
        try await server.serve { port in
            let expected = try await trained(study.run.with { $0.id = "one" }, port)
            #expect(try await trained(study.run.with { $0.id = "two" }, port, threads: 2) == expected)
            server.add(study.run)
            let handle = StopHandle()
            let worker = study.worker(port, server.journal) { $0.afterStep = { if $0 == 4 { handle.stop() } } }
            handle.worker = worker
            try await onThread { try worker.run() }
            #expect(server.checkpoint(of: "run")?.step == 4)
            #expect(try await trained(study.run.with { $0.attempt = 2 }, port, threads: 2) == expected)
        }
    }

    /// A patch as large as the largest volume shows each whole.
    @Test func wholeVolumesAreAPatchLikeAnyOther() async throws {
        let sides = (0..<3).map { axis in study.manifest.cases.map { $0.extent[axis] }.max() ?? 0 }
        let outcome = try await server.serve { port in
            try await trained(study.run.with { ($0.patchSize, $0.output) = (sides, "sigmoid") }, port)
        }
        #expect(outcome.scores[0].byClass.count == 2)
        let file = try SafeTensors(bytes: try #require(server.model(of: "run")))
        #expect(file.tensors["model.2.1.conv.unit0.conv.weight"]?.shape == [2, 2, 3, 3, 3])
    }

    @Test func anotherSpacingIsAnotherTraining() async throws {
        let curves = try await server.serve { port in
            let stored = try await trained(study.run.with { $0.id = "stored" }, port)
            let even = try await trained(study.run.with { ($0.id, $0.spacing) = ("even", [1.5, 1.5, 1.5]) }, port)
            return [stored.curve, even.curve]
        }
        #expect(curves[0] != curves[1])
        let packed = try FileManager.default.contentsOfDirectory(atPath: study.cacheDirectory)
        #expect(packed.count { $0.hasSuffix(".vols") } == 2)
    }

    @Test(arguments: [[0.001, 1, 1], [1, 1]]) func aSpacingThatCannotBeIsHopeless(spacing: [Double]) async throws {
        server.add(study.run.with { $0.spacing = spacing })
        try await server.serve { try await study.drain(server, $0) }
        let failure = server.journal.events.compactMap { event -> String? in
            if case .fail("run", 1, let message, retry: false) = event { message } else { nil }
        }
        #expect(failure.first?.contains("spacing") == true)
    }
}
