import Foundation
import LearningCurves
import Storage
import Testing

@testable import API

/// Adaptive sweeps played over a full one whose runs are known.
@Suite struct SweepReplayTests {
    private static let sizes = [5, 10, 20, 40]
    private static let depths = [3, 4]
    private static let seeds = [0, 1]
    private static let epochs = 20

    let api: TestAPI

    init() async throws { api = try await TestAPI() }

    /// Depth 4 is far behind.
    private static func dsc(_ run: RunRecord) -> Double {
        (run.depth == 3 ? 0.8 : 0.4) - 0.5 / Double(run.size).squareRoot() + 0.002 * Double(run.seed)
    }

    /// - Parameter trained: how many of its runs end.
    private func sweep(trained: Int = 16) async throws -> SweepRecord {
        let split = StoredSplit(
            fractions: .init(seed: 0, train: 0.7, validation: 0.1, test: 0.2), train: (0..<40).map { "a\($0)" },
            validation: ["c"], test: ["d"])
        let dataset = try await api.store.insert(
            NewDataset(
                name: "set", path: "/data", layout: "image-mask", dimensions: 2, channels: 3,
                dataHash: String(repeating: "a", count: 64), factsJSON: TestAPI.facts,
                splitJSON: String(decoding: try JSONEncoder().encode(split), as: UTF8.self), manifestJSON: "{}"))
        func list(_ values: [Int]) -> JSONValue { .array(values.map { .integer($0) }) }
        let fields = FieldReader(
            [
                "dataset": .string(dataset.id), "sizes": list(Self.sizes), "depths": list(Self.depths),
                "seeds": list(Self.seeds),
            ], violations: .init())
        let request = try #require(SweepRequest(fields))
        var specification = try SweepSpecification(request, dataset: try DatasetTraits(dataset, pool: 40))
        specification.training.epochs = Self.epochs
        let id = try await api.store.insert(
            NewSweep(
                name: "full", datasetID: dataset.id, submitter: "", specificationJSON: try specification.json,
                runs: specification.cells.map { cell in
                    .init(
                        size: cell.size, fraction: cell.fraction, depth: cell.depth, seed: cell.seed,
                        subsetHash: String(repeating: "b", count: 64), stepsPerEpoch: cell.stepsPerEpoch,
                        epochsTotal: Self.epochs, parameterCount: 10)
                }, idempotency: nil)
        ).sweep.id
        for _ in 0..<trained {
            let run = try #require(try await api.nextRun())
            let dsc = Self.dsc(run)
            let records = (1...Self.epochs).map { epoch in
                EpochRecord(
                    epoch: epoch, trainLoss: 1, valLoss: 1, valDSC: dsc * (1 - 0.3 / Double(epoch)),
                    learningRate: 0.001, seconds: 1, imagesSeen: epoch)
            }
            _ = try await api.store.record(records, run: run.id, attempt: run.attempt)
            _ = try await api.store.finish(
                run: run.id, attempt: run.attempt, testDSC: dsc, testDSCSD: 0.1, testCases: 100)
        }
        return try await api.store.sweep(id)
    }

    @Test func whatIsChosenIsLookedUp() async throws {
        let replay = try #require(try await SweepReplay(try await sweep(), in: api.store, tolerance: 0))
        let query = EstimateQuery(targetDSC: 0.65)
        let whole = try replay.whole(query)
        #expect(whole.evidence.count == 16 && whole.depth == 3)
        let outcome = try replay.adaptive(query, precision: 0.3, draw: 0)
        let cells = outcome.runs.map { [$0.size, $0.depth, $0.seed] }
        #expect(Set(cells).count == cells.count && outcome.runs.count { $0.depth == 4 } == 1)
        #expect(outcome.share == Double(cells.count) / 16 && outcome.share < 1 && outcome.end != "")
        #expect(outcome.estimate.evidence.allSatisfy { !$0.isForecast })
        for run in outcome.runs { #expect(run.testDSC == Self.dsc(run) && run.epochsDone == Self.epochs) }
        #expect(outcome.estimate.depth == 3)
        // The same again.
        #expect(try replay.adaptive(query, precision: 0.3, draw: 0).estimate == outcome.estimate)
        // The true one is (0.5/(0.8 − 0.65))², 11.1.
        let table = try ReplayTable([replay], precision: 0.3, draws: 1)
        #expect(table.rows.count == 7 && table.rows.allSatisfy { $0.replays.count == 1 })
        let found = try #require(ReplayTable.Size(outcome.estimate, query))
        #expect((7...16).contains(found.value), "\(found.value)")
    }

    @Test func seedsChangePlacesWithinTheirCells() async throws {
        let replay = try #require(try await SweepReplay(try await sweep(), in: api.store, tolerance: 0))
        let query = EstimateQuery(targetDSC: 0.65)
        var changed = 0
        for draw in 1...2 {
            for run in try replay.adaptive(query, precision: 0.3, draw: draw).runs {
                var other = run
                other.seed = 1 - run.seed
                #expect(run.testDSC == Self.dsc(run) || run.testDSC == Self.dsc(other))
                if run.testDSC != Self.dsc(run) { changed += 1 }
            }
        }
        #expect(changed > 0)
    }

    @Test func aForecastThatIsSureEndsARun() async throws {
        let replay = try #require(try await SweepReplay(try await sweep(), in: api.store, tolerance: 0.5))
        let outcome = try replay.adaptive(EstimateQuery(targetDSC: 0.65), precision: 0.3, draw: 0)
        // Two train to their end; then no forecast is that wide, so each ends at the first epoch at which it may: a quarter
        // of the way.
        let (whole, stopped) = (outcome.runs.prefix(2), outcome.runs.dropFirst(2))
        #expect(whole.allSatisfy { $0.epochsDone == 20 && $0.state == .succeeded })
        #expect(stopped.allSatisfy { $0.epochsDone == 5 && $0.state == .stoppedEarly })
        #expect(abs(outcome.share - (2 + Double(stopped.count) / 4) / 16) < 1e-12)
        #expect(outcome.estimate.evidence.count { $0.isForecast } == stopped.count)
        // The validation DSC then is lower by that; so is the test DSC.
        let run = try #require(stopped.first)
        #expect(abs(try #require(run.testDSC) - Self.dsc(run) * (1 - 0.3 / 5 + 0.3 / 20)) < 1e-9)
    }

    @Test func whatHasNotEndedCannotBePlayed() async throws {
        #expect(try await SweepReplay(try await sweep(trained: 15), in: api.store, tolerance: 0) == nil)
    }
}
