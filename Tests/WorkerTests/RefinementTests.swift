import Foundation
import LearningCurves
import Testing

@testable import Worker

/// A worker refines the surrogate between two runs, and says what came of it.
@Suite(.timeLimit(.minutes(5))) struct RefinementTests {
    private let study: TinyStudy
    private let server: ScriptedServer

    init() throws {
        study = try TinyStudy()
        server = try study.server()
    }

    /// Runs that gain most in their last third, which the prior hardly knows.
    private func refinement(runs: Int, surrogate: [UInt8] = Surrogate.shipped.encoded()) throws -> [UInt8] {
        let curves = (0..<runs).map { run in
            let points = (1...20).map { epoch -> [String: Any] in
                let level = (0.3 + 0.02 * Double(run)) * (epoch < 14 ? 0.6 : 1)
                return ["epoch": epoch, "val_dsc": level + 0.002 * Double(epoch), "train_loss": NSNull()]
            }
            return ["total_epochs": 20, "config": ["size": 10 * (run + 1), "depth": 3], "curve": points]
        }
        let body: [String: Any] = [
            "version": 3, "base_version": 0, "surrogate": Data(surrogate).base64EncodedString(), "curves": curves,
        ]
        return [UInt8](try JSONSerialization.data(withJSONObject: body))
    }

    private struct Report: Decodable {
        var decision: String
        var trainingCurves: Int
        var heldOutCurves: Int
        var refinedLoss: Double?
        var currentLoss: Double?
        var surrogate: Data?
    }

    private func reports() throws -> [(version: String, report: Report)] {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try server.journal.events.compactMap { event in
            guard case .refinement(let version, let bytes) = event else { return nil }
            return (version, try decoder.decode(Report.self, from: Data(bytes)))
        }
    }

    @Test func itRefinesThenTrains() async throws {
        server.addRefinement(try refinement(runs: 15))
        server.add(study.run)
        try await server.serve { port in try await study.drain(server, port) }
        let reports = try reports()
        try #require(reports.count == 1)
        let report = reports[0].report
        #expect(reports[0].version == "3" && report.decision == "kept")
        #expect(report.trainingCurves == 12 && report.heldOutCurves == 3)
        #expect(try #require(report.refinedLoss) < (try #require(report.currentLoss)))
        let refined = try Surrogate(version: 3, bytes: [UInt8](try #require(report.surrogate)))
        #expect(refined.provenance.contains("refined on 12 curves"))
        #expect(try Outcome(server.journal.events, run: "run").scores.count == 1)
    }

    @Test func tooFewCurvesAreReportedAsSuch() async throws {
        server.addRefinement(try refinement(runs: 4))
        try await server.serve { port in try await study.drain(server, port) }
        let reports = try reports()
        #expect(reports.map(\.report.decision) == ["too_few_curves"])
        #expect(reports.allSatisfy { $0.report.surrogate == nil })
    }

    /// Weights of another program, and a server that goes wrong, are no reason to train nothing.
    @Test func troubleKeepsNoRunFromBeingTrained() async throws {
        server.addRefinement(try refinement(runs: 15, surrogate: [1, 2, 3]))
        server.fail(.claimRefinement, .status(500), .nonsense)
        server.add(study.run, study.run.with { $0.id = "second" }, study.run.with { $0.id = "third" })
        try await server.serve { port in try await study.drain(server, port) }
        #expect(try reports().isEmpty)
        for run in ["run", "second", "third"] {
            #expect(try Outcome(server.journal.events, run: run).scores.count == 1)
        }
    }
}
