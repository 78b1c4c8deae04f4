import Testing

@testable import LearningCurves

@Suite struct CalibrationTests {
    static let shares = Calibration.shares.count
    let forecast = ForecastQuantiles(clamping: [0.4, 0.48, 0.5, 0.53, 0.6])

    @Test func scoresAreInUnitsOfTheSideOfTheOutcome() {
        let skewed = ForecastQuantiles(clamping: [0.4, 0.48, 0.5, 0.51, 0.52])
        #expect(abs(Calibration.score(skewed, outcome: 0.45) - 0.5) < 1e-12)
        #expect(abs(Calibration.score(skewed, outcome: 0.55) - 2.5) < 1e-12)
        #expect(Calibration.score(skewed, outcome: 0.5) == 0)
        let certain = ForecastQuantiles(clamping: [0.5, 0.5, 0.5, 0.5, 0.5])
        #expect(Calibration.score(certain, outcome: 0.6).isFinite)
    }

    /// Without scores intervals are hardly wider, and with many they are as wide as these say.
    @Test func scoresOutweighThePrior() {
        let none = Calibration(scores: .init(repeating: [], count: Self.shares))
        #expect(none.factors.allSatisfy { $0 >= 1 && $0 < 1.2 })
        for truth in [0.5, 2.0] {
            // Errors that a 90 % interval, `truth` times as wide as stated, would just hold.
            let scores = (0..<400).map { truth * Double($0) / 360 }
            let many = Calibration(scores: .init(repeating: scores, count: Self.shares))
            #expect(many.factors.allSatisfy { abs(Double($0) / truth - 1) < 0.06 }, "\(many.factors)")
            let few = Calibration(scores: .init(repeating: [truth, truth, truth], count: Self.shares))
            #expect(few.factors.allSatisfy { truth < 1 ? $0 > 0.9 : $0 > 1 && $0 <= 2 }, "\(few.factors)")
        }
        let wild = Calibration(scores: .init(repeating: .init(repeating: 1e6, count: 100), count: Self.shares))
        #expect(wild.factors.allSatisfy { $0 == Calibration.bounds.upperBound })
    }

    @Test func stretchesAroundTheMedian() {
        let calibration = Calibration(factors: [2, 2, 1, 1, 1, 0.5])
        let early = calibration.stretched(forecast, share: 0.01).values
        #expect(zip(early, [0.3, 0.46, 0.5, 0.56, 0.7]).allSatisfy { abs($0 - $1) < 1e-6 })
        #expect(calibration.stretched(forecast, share: 0.4) == forecast)
        let late = calibration.stretched(forecast, share: 0.95).values
        #expect(zip(late, [0.45, 0.49, 0.5, 0.515, 0.55]).allSatisfy { abs($0 - $1) < 1e-6 })
        // Halfway from 0.1 to 0.2 in the logarithm.
        let between = calibration.stretched(forecast, share: 0.1 * 2.0.squareRoot()).values
        #expect(abs(between[4] - 0.65) < 1e-6)
        #expect(Calibration.none.stretched(forecast, share: 0.3) == forecast)
    }

    /// On curves whose end it knows too well or not well enough, intervals come to hold nine in ten.
    @Test func calibratedIntervalsHoldWhatTheySay() throws {
        let curves = TestCurves.finished(count: 60, epochs: 20, seed: 2)
        let (calibrating, judged) = (Array(curves.prefix(40)), curves.suffix(20))
        let calibrated = Surrogate.shipped.calibrated(on: calibrating)
        #expect(calibrated.provenance.hasSuffix("intervals calibrated on 40"))
        #expect(calibrated.calibration != .none && calibrated.version == 0)
        func held(_ surrogate: Surrogate) throws -> (covered: Int, medians: [Double]) {
            var covered = 0
            var medians: [Double] = []
            for curve in judged {
                let whole = try Curve(curve.points, totalEpochs: 20)
                let forecast = try Forecaster(surrogate: surrogate)
                    .forecast(Array(curve.points.prefix(8)), context: curve.context).quantiles
                medians.append(forecast.median)
                if (forecast.values[0]...forecast.values[4]).contains(whole.finalDSC) { covered += 1 }
            }
            return (covered, medians)
        }
        let (before, after) = (try held(.shipped), try held(calibrated))
        #expect(after.medians == before.medians)
        #expect((15...20).contains(after.covered), "\(before.covered) of 20, then \(after.covered)")
    }

    @Test func isStoredWithTheWeights() throws {
        let calibrated = Surrogate.shipped.calibrated(on: TestCurves.finished(count: 20, epochs: 20, seed: 2))
        let decoded = try Surrogate(version: 4, bytes: calibrated.encoded())
        #expect(decoded.calibration == calibrated.calibration && decoded.calibration != .none)
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
        #expect(outcome.surrogate?.version == 1)
    }
}
