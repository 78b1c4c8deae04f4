import HTTPTypes
import LearningCurves
import Storage
import Testing

@testable import API

/// A sweep's estimate also rests on its unfinished runs.
@Suite struct SweepEstimateTests {
    let api: TestAPI

    init() async throws { api = try await TestAPI() }

    static let epochs = 5
    static let sizes = [20, 40, 80, 160]

    func record(_ run: RunRecord, from first: Int = 1, to last: Int, dsc: Double) async throws {
        let records = (first...last).map { epoch in
            EpochRecord(
                epoch: epoch, trainLoss: 1, valLoss: 1, valDSC: dsc * (1 - 0.3 / Double(epoch)), learningRate: 0.001,
                seconds: 1, imagesSeen: epoch)
        }
        _ = try await api.store.record(records, run: run.id, attempt: run.attempt)
    }

    /// Three sizes have ended with a test DSC 0.05 below the last validation DSC; the fourth has two epochs.
    func sweep() async throws -> RunRecord {
        var run = try await api.claimedRun(epochs: Self.epochs, sizes: Self.sizes)
        for (index, size) in Self.sizes.enumerated() {
            #expect(run.size == size)
            let dsc = 0.5 + 0.1 * Double(index)
            guard index < 3 else {
                try await record(run, to: 2, dsc: dsc)
                break
            }
            try await record(run, to: Self.epochs, dsc: dsc)
            _ = try await api.store.finish(
                run: run.id, attempt: run.attempt, testDSC: dsc * (1 - 0.3 / 5) - 0.05, testDSCSD: 0.1, testCases: 100)
            run = try #require(try await api.nextRun())
        }
        return run
    }

    func estimate(_ run: RunRecord, tag: String? = nil) async throws -> TestAPI.Reply {
        let headers: HTTPFields = tag.map { [.ifNoneMatch: $0] } ?? [:]
        return try await api.ask(.get, "/v1/sweeps/\(run.sweepID)/estimate", headers: headers)
    }

    @Test func aRunUnderWayCountsByItsForecast() async throws {
        let run = try await sweep()
        let body: EstimateBody = try await estimate(run).decoded()
        #expect(body.evidence.map(\.forecast) == [false, false, false, true])
        let forecast = try #require(body.evidence.last)
        let quantiles = try await api.ask(.get, "/v1/runs/\(run.id)/forecast").decoded(ForecastBody.self).quantiles
        let median = try #require(quantiles["0.5"])
        #expect(forecast.runID == run.id && forecast.n == 160)
        #expect(abs(forecast.dsc - (median - 0.05)) < 1e-9)
        // Less certain than what was measured: 0.1 over the root of 100 cases.
        #expect(try #require(forecast.standardError) > 0.01 && body.evidence[0].standardError == 0.01)
        #expect(body.largestMeasuredN == 160)
        #expect(body.assumptions.contains { $0.hasPrefix("1 run has not ended: each counts by the forecast") })
        #expect(body.assumptions.contains { $0.contains("moved by -0.050") })
        #expect(body.assumptions.contains { $0.hasPrefix("1 of 4 values are forecasts, of runs") })
    }

    @Test func theTagFollowsTheCurve() async throws {
        let run = try await sweep()
        let first = try await estimate(run)
        let tag = try #require(first.headers[.eTag])
        #expect(try await estimate(run, tag: tag).status == 304)
        try await record(run, from: 3, to: 3, dsc: 0.9)
        let second = try await estimate(run, tag: tag)
        #expect(second.status == 200 && second.headers[.eTag] != tag)
        let (before, after): (EstimateBody, EstimateBody) = (try first.decoded(), try second.decoded())
        #expect(before.evidence.last?.dsc != after.evidence.last?.dsc)
        #expect(before.evidence.dropLast().map(\.dsc) == after.evidence.dropLast().map(\.dsc))
    }

    /// Runs without an epoch, and those that were cancelled, say nothing of the DSC.
    @Test func whatIsNotKnownIsNotForecast() async throws {
        let run = try await sweep()
        _ = try await api.store.cancel(run: run.id)
        let cancelled: EstimateBody = try await estimate(run).decoded()
        #expect(cancelled.evidence.count == 3 && !cancelled.evidence.contains { $0.forecast })

        let other = try await api.claimedRun(epochs: 5, sizes: [10, 20])
        let empty: EstimateBody = try await estimate(other).decoded()
        #expect(empty.status == "insufficient_data" && empty.evidence.isEmpty)
        #expect(empty.assumptions.contains("2 runs have no epoch yet and can't count."))
    }

    /// With no run that has ended, a forecast is all there is, and says so.
    @Test func forecastsAloneAreAnAnswerToo() async throws {
        let run = try await api.claimedRun(epochs: Self.epochs, sizes: [20])
        try await record(run, to: 2, dsc: 0.6)
        let body: EstimateBody = try await estimate(run).decoded()
        #expect(body.evidence.count == 1 && body.evidence[0].forecast)
        #expect(try #require(body.evidence[0].standardError) >= SweepEvidence.assumedShiftError)
        #expect(body.assumptions.contains { $0.contains("no run has ended yet to tell") })
    }
}
