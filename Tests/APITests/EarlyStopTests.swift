import Foundation
import HTTPTypes
import LearningCurves
import Storage
import Testing

@testable import API

@Suite struct EarlyStopTests {
    // MARK: - The rule

    private func forecast(_ curve: [Double], of total: Int) throws -> Forecast {
        try Forecaster(surrogate: .shipped).forecast(
            curve.enumerated().map { CurvePoint(epoch: $0.offset + 1, valDSC: $0.element) },
            context: RunContext(totalEpochs: total))
    }

    /// A curve that has long been flat.
    private static let flat = (1...30).map(flat(after:))

    private static func flat(after epoch: Int) -> Double { 0.8 - 0.5 * exp(-Double(epoch) / 2) }

    @Test func stopsWhereTheForecastIsNarrowerThanTheTolerance() throws {
        let forecast = try forecast(Self.flat, of: 40)
        let width = forecast.quantiles.values[4] - forecast.quantiles.values[0]
        let kept = [0.001, -0.001].map { (forecast.quantiles, forecast.quantiles.median + $0) }
        let stop = try #require(EarlyStopRule(tolerance: width * 1.01).stop(forecast, ended: kept))
        #expect(stop.low == forecast.quantiles.values[0] && stop.high == forecast.quantiles.values[4])
        #expect(stop.median == forecast.quantiles.median && stop.surrogateVersion == 0)
        #expect(EarlyStopRule(tolerance: width * 0.99).stop(forecast, ended: kept) == nil)
    }

    @Test func goesOnWhereTheSweepsOtherForecastsWereOff() throws {
        let forecast = try forecast(Self.flat, of: 40)
        let width = forecast.quantiles.values[4] - forecast.quantiles.values[0]
        let off = [1, 1.1].map { (forecast.quantiles, forecast.quantiles.median - $0 * width) }
        #expect(EarlyStopRule(tolerance: width * 1.5).stop(forecast, ended: off) == nil)
        let stop = try #require(EarlyStopRule(tolerance: width * 3).stop(forecast, ended: off))
        #expect(stop.high - stop.low > width * 1.5 && stop.median == forecast.quantiles.median)
    }

    @Test func goesOnUntilTwoHaveTrainedToTheirEnd() throws {
        let forecast = try forecast(Self.flat, of: 40)
        let one = [(forecast.quantiles, forecast.quantiles.median)]
        #expect(EarlyStopRule(tolerance: 0.5).stop(forecast, ended: one) == nil)
        #expect(EarlyStopRule(tolerance: 0.5).stop(forecast, ended: one + one) != nil)
    }

    @Test(arguments: [(2, 4), (3, 20), (4, 20), (20, 20), (9, 40)]) func isNotOpen(epochs: Int, total: Int) {
        #expect(!EarlyStopRule.isOpen(after: epochs, of: total))
    }

    @Test(arguments: [(3, 4), (5, 20), (19, 20), (10, 40)]) func isOpen(epochs: Int, total: Int) {
        #expect(EarlyStopRule.isOpen(after: epochs, of: total))
    }

    @Test func aCompleteCurveIsNotStopped() throws {
        let forecast = try forecast(Self.flat, of: 30)
        let kept = [(forecast.quantiles, 0.8), (forecast.quantiles, 0.8)]
        #expect(EarlyStopRule(tolerance: 0.5).stop(forecast, ended: kept) == nil)
    }

    // MARK: - Routes

    private func submit(_ fields: String, to test: TestAPI) async throws -> TestAPI.Reply {
        try await test.addImages()
        return try await test.ask(
            .post, "/v1/sweeps",
            json: #"{"dataset":"set","sizes":[1,2],"depths":[3],"seeds":[0,1],"training":{"epochs":40}\#(fields)}"#)
    }

    /// As a worker does: trains the oldest run to its end, each epoch on the flat curve.
    private func finish(_ test: TestAPI) async throws {
        let run = try #require(try await test.nextRun())
        for epoch in 1...40 {
            let answer = try await record(epoch, Self.flat(after: epoch), of: run, test)
            #expect(answer.order == nil)
        }
        let report = #"{"attempt":1,"test_dsc":0.7,"test_dsc_sd":0.1,"test_cases":4}"#
        #expect(try await test.ask(.post, "/v1/worker/runs/\(run.id)/finish", json: report).status == 200)
    }

    private func record(
        _ epoch: Int, _ dsc: Double, of run: RunRecord, _ test: TestAPI
    ) async throws -> EpochsAcceptedBody {
        let point = """
            {"epoch":\(epoch),"train_loss":1,"val_loss":1,"val_dsc":\(dsc),"learning_rate":0.1,"seconds":1,
             "images_seen":\(epoch)}
            """
        return try await test.ask(
            .post, "/v1/worker/runs/\(run.id)/epochs", json: #"{"attempt":1,"epochs":[\#(point)]}"#
        ).decoded(EpochsAcceptedBody.self)
    }

    /// As a worker does: claims the oldest run, and records epochs of the flat curve until it is told something.
    /// - Returns: the run, and how many epochs it took.
    private func train(_ test: TestAPI) async throws -> (run: RunRecord, epochs: Int, order: String?) {
        let run = try #require(try await test.nextRun())
        for (index, dsc) in Self.flat.enumerated() {
            if let order = try await record(index + 1, dsc, of: run, test).order { return (run, index + 1, order) }
        }
        return (run, Self.flat.count, nil)
    }

    @Test func aRunIsStoppedAndItsFinalIsAForecastWhereverItIsShown() async throws {
        let test = try await TestAPI()
        let sweep = try await submit(#","strategy":"early_stop","tolerance":0.1"#, to: test).decoded(SweepBody.self)
        #expect(sweep.strategy == "early_stop" && sweep.tolerance == 0.1)
        for _ in 1...2 { try await finish(test) }
        let (run, epochs, order) = try await train(test)
        #expect(order == "stop_early" && epochs >= 10 && epochs < 30)
        let beat = try await test.ask(.post, "/v1/worker/runs/\(run.id)/heartbeat", json: #"{"attempt":1}"#)
        #expect(try beat.decoded(HeartbeatBody.self).order == "stop_early")
        let report = #"{"attempt":1,"test_dsc":0.7,"test_dsc_sd":0.1,"test_cases":4,"stopped_early":true}"#
        let reply = try await test.ask(.post, "/v1/worker/runs/\(run.id)/finish", json: report)
        #expect(reply.status == 200)

        let shown = try await test.ask(.get, "/v1/runs/\(run.id)").decoded(RunBody.self)
        #expect(shown.state == "stopped_early" && shown.testDSC == nil && shown.testDSCSD == nil)
        let stop = try #require(shown.earlyStop)
        #expect(stop.testDSC == 0.7 && stop.testDSCSD == 0.1 && stop.modelVersion == 0)
        // What was measured then, and what the validation DSC was still to gain: next to nothing.
        let final = stop.forecast
        #expect(final.low < final.value && final.value < final.high && final.high - final.low < 0.1)
        #expect(abs(final.value - 0.7) < 0.05)
        // Byte by byte what the encoder makes of it.
        let bytes = try await test.ask(.get, "/v1/runs/\(run.id)").body
        #expect(try JSONCoding.encoder().encode(shown) == Data(bytes))

        let whole = try await test.ask(.get, "/v1/sweeps/\(sweep.id)").decoded(SweepBody.self)
        #expect(whole.runs.stoppedEarly == 1 && whole.state == "running")
        let estimate = try await test.ask(.get, "/v1/sweeps/\(sweep.id)/estimate").decoded(EstimateBody.self)
        let evidence = try #require(estimate.evidence.first { $0.forecast })
        #expect(evidence.runID == run.id && evidence.dsc == final.value)
        #expect(abs((evidence.standardError ?? 0) - (final.high - final.low) / 3.29) < 1e-9)
        #expect(estimate.assumptions.contains { $0.contains("stopped early") })
    }

    @Test func aFullSweepTrainsOnHoweverSureItsForecast() async throws {
        let test = try await TestAPI()
        #expect(try await submit("", to: test).decoded(SweepBody.self).strategy == "full")
        #expect(try await train(test).order == nil)
    }

    @Test func theToleranceHasADefault() async throws {
        let test = try await TestAPI()
        let sweep = try await submit(#","strategy":"early_stop""#, to: test).decoded(SweepBody.self)
        #expect(sweep.tolerance == 0.03)
        // Runs that are added later have it as well.
        let body = #"{"seeds":[5]}"#
        #expect(try await test.ask(.post, "/v1/sweeps/\(sweep.id)/extend", json: body).status == 200)
        let runs = try await test.store.runs(ofSweep: sweep.id, limit: 10).items
        #expect(runs.count == 6 && runs.allSatisfy { $0.tolerance == 0.03 })
    }

    @Test func anUnorderedStopIsRefused() async throws {
        let test = try await TestAPI()
        _ = try await submit(#","strategy":"early_stop","tolerance":0.001"#, to: test)
        let (run, _, order) = try await train(test)
        #expect(order == nil)
        let report = #"{"attempt":1,"test_dsc":0.7,"test_dsc_sd":0.1,"test_cases":4,"stopped_early":true}"#
        let reply = try await test.ask(.post, "/v1/worker/runs/\(run.id)/finish", json: report)
        #expect(reply.status == 409)
        #expect(try reply.decoded(ProblemBody.self).detail.contains("nobody told it to stop early"))
    }

    @Test(arguments: [
        (#","strategy":"half""#, "/strategy"), (#","strategy":"early_stop","tolerance":0.0005"#, "/tolerance"),
        (#","strategy":"early_stop","tolerance":0.6"#, "/tolerance"), (#","tolerance":0.02"#, "/tolerance"),
    ])
    func whatIsOutOfBoundsIsRefused(fields: String, pointer: String) async throws {
        let reply = try await submit(fields, to: try await TestAPI())
        #expect(reply.status == 422)
        #expect(try reply.decoded(ProblemBody.self).errors?.map(\.pointer) == [pointer])
    }
}
