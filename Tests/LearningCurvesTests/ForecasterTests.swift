import Testing

@testable import LearningCurves

@Suite struct ForecasterTests {
    let forecaster = Forecaster(surrogate: .shipped)

    func forecast(_ values: [Double], epochs: Int) throws -> Forecast {
        try forecaster.forecast(TestCurves.points(values), context: TestCurves.context(epochs: epochs))
    }

    func width(_ forecast: Forecast) -> Double { forecast.quantiles.values[4] - forecast.quantiles.values[0] }

    @Test func completeCurveGivesItsFinalValue() throws {
        let short = try forecast([0.2, 0.5, 0.6], epochs: 3)
        #expect(short.final)
        #expect(short.method == .lastValue)
        #expect(short.quantiles.values == [0.6, 0.6, 0.6, 0.6, 0.6])
        #expect(short.epochsSeen == 3 && short.totalEpochs == 3 && short.modelVersion == nil)

        // 40 points: the last 5 % are two.
        let long = try forecast([Double](repeating: 0.5, count: 38) + [0.6, 0.8], epochs: 40)
        #expect(abs(long.quantiles.median - 0.7) < 1e-12)
    }

    @Test(arguments: [1, 2, 3])
    func fewPointsGiveWideIntervals(count: Int) throws {
        let forecast = try forecast([0.2, 0.3, 0.4].suffix(count), epochs: 50)
        #expect(forecast.method == .surrogate && forecast.modelVersion == 0)
        #expect(!forecast.final)
        #expect(forecast.epochsSeen == count)
        #expect(forecast.quantiles.median > 0.4)
        #expect(width(forecast) > 0.2)
    }

    /// At several lengths: a run of 2,000 epochs is seen in blocks.
    @Test(arguments: [10, 30, 100, 2000])
    func recoversAPowerLaw(epochs: Int) throws {
        var generator = SeededGenerator(seed: 3)
        let values = TestCurves.rising(epochs: epochs, a: 0.85, b: 0.6, c: 0.8, noise: 0.005, using: &generator)
        let truth = try Curve(TestCurves.points(values), totalEpochs: epochs).finalDSC
        for share in [0.3, 0.5, 0.8] {
            let seen = Int(share * Double(epochs))
            let forecast = try forecast(Array(values.prefix(seen)), epochs: epochs)
            #expect(forecast.method == .surrogate)
            // Three points tell little of where it bends.
            #expect(abs(forecast.quantiles.median - truth) < (seen > 3 ? 0.04 : 0.07), "after \(seen)")
            #expect(forecast.quantiles.values[0] <= truth && truth <= forecast.quantiles.values[4], "after \(seen)")
        }
    }

    /// Nothing has been learnt yet after a third of the run: it may still be.
    @Test func aCurveAtZeroMayStillTakeOff() throws {
        let forecast = try forecast([Double](repeating: 0, count: 20), epochs: 60)
        #expect(forecast.quantiles.values[4] > 0.1)
        #expect(forecast.quantiles.values[0] < 0.05)
    }

    @Test func aFallingCurveIsNotExpectedToRecoverItsBest() throws {
        let values = (0..<40).map { 0.8 - 0.004 * Double($0) }
        let forecast = try forecast(values, epochs: 60)
        #expect(forecast.quantiles.median < 0.72)
    }

    /// The mean over the last 5 % of a run as unsteady as this scatters by itself.
    @Test(arguments: [0.02, 0.1])
    func intervalsAreNoNarrowerThanTheNoise(noise: Double) throws {
        var generator = SeededGenerator(seed: 4)
        let values = (0..<15).map { _ in min(1, max(0, 0.6 + noise * generator.normal())) }
        for seen in 5...15 {
            let forecast = try forecast(Array(values.prefix(seen)), epochs: 16)
            #expect(width(forecast) > noise, "after \(seen)")
        }
    }

    @Test func unrecordedLossesAndConfigurationsAreFine() throws {
        let values = (1...20).map { 0.8 - 0.6 / Double($0) }
        let bare = try forecaster.forecast(TestCurves.points(values), context: RunContext(totalEpochs: 40))
        let points = values.enumerated().map {
            CurvePoint(epoch: $0.offset + 1, valDSC: $0.element, trainLoss: 1 - $0.element, valLoss: 1 - $0.element)
        }
        let full = try forecaster.forecast(points, context: TestCurves.context(epochs: 40))
        #expect(abs(bare.quantiles.median - full.quantiles.median) < 0.03)
    }

    @Test func intervalsNarrowAsTheRunGoesOn() throws {
        var generator = SeededGenerator(seed: 5)
        let values = TestCurves.rising(epochs: 100, a: 0.8, b: 0.5, c: 0.7, noise: 0.01, using: &generator)
        let widths = try [2, 10, 40, 90].map { width(try forecast(Array(values.prefix($0)), epochs: 100)) }
        #expect(widths == widths.sorted(by: >))
    }

    /// Constant, saturated, falling, jumping and dying curves.
    static let strangeCurves: [[Double]] = {
        let epochs = Array(0..<30)
        var curves: [[Double]] = [0, 0.5, 1].map { [Double](repeating: $0, count: 30) }
        curves.append(epochs.map { 0.9 - 0.03 * Double($0) })
        curves.append(epochs.map { Double($0 % 2) })
        curves.append(epochs.map { $0 < 15 ? 0.7 : 0 })
        curves.append(epochs.map { $0 < 25 ? 0 : 0.8 })
        curves.append([0.1, 0.2, 0.4, 0.8])
        return curves
    }()

    @Test(arguments: strangeCurves)
    func strangeCurvesGiveSensibleQuantiles(values: [Double]) throws {
        for total in [values.count + 1, 10 * values.count, 1_000_000] {
            let q = try forecast(values, epochs: total).quantiles.values
            #expect(q.allSatisfy { (0...1).contains($0) })
            #expect(q == q.sorted())
        }
    }

    @Test func longCurvesAndMissingEpochsAreFine() throws {
        let points = (1...2000).filter { $0 % 7 != 0 }.map {
            CurvePoint(epoch: $0, valDSC: 0.8 - 0.5 / Double($0).squareRoot())
        }
        let forecast = try forecaster.forecast(points, context: TestCurves.context(epochs: 4000))
        #expect(abs(forecast.quantiles.median - 0.792) < 0.03)
    }

    @Test func badPointsAreNamed() {
        func error(_ points: [CurvePoint], epochs: Int = 10) -> String {
            do {
                _ = try forecaster.forecast(points, context: TestCurves.context(epochs: epochs))
                return ""
            } catch { return "\(error)" }
        }
        let good = CurvePoint(epoch: 1, valDSC: 0.5)
        #expect(error([]).contains("at least one point"))
        #expect(
            error([good, CurvePoint(epoch: 2, valDSC: .nan)]).contains("point 1 of the curve: val_dsc must be 0…1"))
        #expect(error([good, CurvePoint(epoch: 2, valDSC: 1.01)]).contains("point 1"))
        #expect(error([good, CurvePoint(epoch: 1, valDSC: 0.5)]).contains("epoch must be greater"))
        #expect(error([CurvePoint(epoch: 0, valDSC: 0.5)]).contains("epoch must be 1…10"))
        #expect(error([CurvePoint(epoch: 11, valDSC: 0.5)]).contains("got 11"))
        #expect(error([CurvePoint(epoch: 1, valDSC: 0.5, trainLoss: .infinity)]).contains("train_loss must be finite"))
        #expect(error([good], epochs: 0).contains("totalEpochs of the run must be 1…"))
    }
}
