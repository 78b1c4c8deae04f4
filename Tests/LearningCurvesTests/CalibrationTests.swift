import Testing

@testable import LearningCurves

@Suite struct CalibrationTests {
    static let shares = Calibration.shares.count
    let forecast = ForecastQuantiles(clamping: [0.4, 0.48, 0.5, 0.53, 0.6])
    /// Of a normal distribution, the unit of scores by the distance of a quartile.
    let unit = 1.645 / 0.6745

    @Test func scoresAreInUnitsOfTheQuartileOnTheSideOfTheOutcome() {
        #expect(abs(Calibration.score(forecast, outcome: 0.45) - 0.05 / (0.02 * unit)) < 1e-12)
        #expect(abs(Calibration.score(forecast, outcome: 0.59) - 0.09 / (0.03 * unit)) < 1e-12)
        #expect(Calibration.score(forecast, outcome: 0.5) == 0)
        let certain = ForecastQuantiles(clamping: [0.5, 0.5, 0.5, 0.5, 0.5])
        #expect(Calibration.score(certain, outcome: 0.6).isFinite)
    }

    /// Without scores intervals are about those of a normal distribution, and with many they are as wide as these say.
    @Test func scoresOutweighThePrior() {
        func factors(_ scores: [Double]) -> (inner: [Double], outer: [Double]) {
            let all = Calibration(scores: .init(repeating: scores, count: Self.shares)).factors.map(Double.init)
            return (Array(all.prefix(Self.shares)), Array(all.suffix(Self.shares)))
        }
        let none = factors([])
        #expect(none.inner.allSatisfy { (0.41...0.46).contains($0) }, "\(none.inner)")
        #expect(none.outer.allSatisfy { (1...1.2).contains($0) }, "\(none.outer)")
        for truth in [0.5, 2.0] {
            // Errors evenly up to that of which nine in ten are within `truth` units.
            let many = factors((0..<400).map { truth * Double($0) / 360 })
            #expect(many.outer.allSatisfy { abs($0 / truth - 1) < 0.06 }, "\(many.outer)")
            #expect(many.inner.allSatisfy { abs($0 / truth - 0.5 / 0.9) < 0.06 }, "\(many.inner)")
            let few = factors([truth, truth, truth])
            #expect(few.outer.allSatisfy { truth < 1 ? $0 > 0.9 : $0 > 1 && $0 <= 2 }, "\(few.outer)")
        }
        let wild = factors(.init(repeating: 1e6, count: 100))
        #expect((wild.inner + wild.outer).allSatisfy { $0 == Double(Calibration.bounds.upperBound) })
    }

    @Test func quantilesLieAtTheFactorsOfTheirShare() {
        let calibration = Calibration(factors: [0.4, 0.4, 0.6, 0.2, 0.2, 0.3] + [2, 2, 1, 1, 1, 0.5])
        func check(_ share: Double, _ inner: Double, _ outer: Double, line: Int = #line) {
            let (below, above) = (0.02 * unit, 0.03 * unit)
            let expected = [-outer * below, -inner * below, 0, inner * above, outer * above].map { 0.5 + $0 }
            let values = calibration.calibrated(forecast, share: share).values
            #expect(zip(values, expected).allSatisfy { abs($0 - $1) < 1e-6 }, "line \(line): \(values), \(expected)")
        }
        check(0.01, 0.4, 2)
        check(0.2, 0.6, 1)
        check(0.95, 0.3, 0.5)
        // Halfway from 0.1 to 0.2 in the logarithm.
        check(0.1 * 2.0.squareRoot(), 0.5, 1.5)
    }

    /// On curves whose end it knows too well or not well enough, intervals come to hold nine in ten, and the quartiles half.
    @Test func calibratedIntervalsHoldWhatTheySay() throws {
        let curves = TestCurves.finished(count: 60, epochs: 20, seed: 2)
        let (calibrating, judged) = (Array(curves.prefix(40)), curves.suffix(20))
        let calibrated = Surrogate.shipped.calibrated(on: calibrating)
        #expect(calibrated.provenance.hasSuffix("intervals calibrated on 40"))
        #expect(calibrated.calibration != nil && calibrated.version == 0)
        func held(_ surrogate: Surrogate) throws -> (covered: Int, between: Int, medians: [Double]) {
            var (covered, between) = (0, 0)
            var medians: [Double] = []
            for curve in judged {
                let whole = try Curve(curve.points, totalEpochs: 20)
                let forecast = try Forecaster(surrogate: surrogate)
                    .forecast(Array(curve.points.prefix(8)), context: curve.context).quantiles
                medians.append(forecast.median)
                if (forecast.values[0]...forecast.values[4]).contains(whole.finalDSC) { covered += 1 }
                if (forecast.values[1]...forecast.values[3]).contains(whole.finalDSC) { between += 1 }
            }
            return (covered, between, medians)
        }
        let (before, after) = (try held(.shipped), try held(calibrated))
        #expect(after.medians == before.medians)
        #expect((15...20).contains(after.covered), "\(before.covered) of 20, then \(after.covered)")
        #expect((5...15).contains(after.between), "\(before.between) of 20, then \(after.between)")
    }

    @Test func isStoredWithTheWeights() throws {
        let calibrated = Surrogate.shipped.calibrated(on: TestCurves.finished(count: 20, epochs: 20, seed: 2))
        let decoded = try Surrogate(version: 4, bytes: calibrated.encoded())
        #expect(decoded.calibration == calibrated.calibration && decoded.calibration != nil)
    }

    /// The program's own weights, where refining them does not help, still learn how wide intervals should be.
    @Test func theProgramsOwnAreAtLeastCalibrated() throws {
        let still = Surrogate.Effort(steps: 1, curvesPerStep: 8, peakLearningRate: 0)
        let outcome = Surrogate.shipped.refined(
            on: TestCurves.finished(count: 60, epochs: 20, seed: 2), version: 1, seed: 1, effort: still,
            shouldStop: { false })
        let losses = (try #require(outcome.refinedLoss), try #require(outcome.currentLoss))
        #expect(outcome.decision == .kept && losses.0 < losses.1)
        #expect(outcome.surrogate?.provenance.hasSuffix("intervals calibrated on 48") == true)
        let kept = try #require(outcome.surrogate)
        #expect(kept.version == 1)
        // With other curves they are calibrated anew.
        let next = kept.refined(
            on: TestCurves.finished(count: 60, epochs: 40, seed: 3), version: 2, seed: 1, effort: still,
            shouldStop: { false })
        #expect(next.decision == .kept && next.surrogate?.calibration != kept.calibration)
    }
}
