import Testing

@testable import LearningCurves

@Suite struct TrackRecordTests {
    /// Median 0.8, and a deviation of 0.01.
    private let forecast = ForecastQuantiles(clamping: [0.78355, 0.79, 0.8, 0.805, 0.81645])

    private func widened(_ outcomes: [Double]) -> [Double] {
        TrackRecord(outcomes.map { (forecast, $0) }).widened(forecast).values
    }

    @Test(arguments: [[], [0.8, 0.8, 0.8], [0.79, 0.81], [0.807, 0.795, 0.8, 0.792]])
    func whatKeptItsWordIsLeftAsItIs(outcomes: [Double]) {
        for (value, before) in zip(widened(outcomes), forecast.values) { #expect(abs(value - before) < 1e-12) }
    }

    /// Three deviations off, six times: √((4 + 54)/10) = 2.41, whichever way they were off.
    @Test(arguments: [[0.83, 0.83, 0.83, 0.83, 0.83, 0.83], [0.77, 0.83, 0.77, 0.83, 0.77, 0.83]])
    func whatWasOffIsWidenedAboutItsMedian(outcomes: [Double]) {
        for (value, before) in zip(widened(outcomes), forecast.values) {
            #expect(abs(value - 0.8 - 5.8.squareRoot() * (before - 0.8)) < 1e-9)
        }
    }

    @Test func aForecastThatAllowedForNothingIsNoDivisor() {
        let sure = ForecastQuantiles(clamping: [0.8, 0.8, 0.8, 0.8, 0.8])
        let record = TrackRecord([(sure, 0.801), (sure, 0.801)])
        // Off by as much as the least deviation there is.
        #expect(abs(record.widened(forecast).values[4] - forecast.values[4]) < 1e-9)
    }

    @Test func theHindsightOfARunIsItsForecastThen() throws {
        let context = TestCurves.context(epochs: 20)
        let points = TestCurves.points((1...20).map { 0.8 - 0.4 / Double($0) })
        let forecaster = Forecaster(surrogate: .shipped)
        let hindsight = try forecaster.hindsight(FinishedCurve(context: context, points: points), epoch: 10)
        #expect(try forecaster.forecast(Array(points[..<10]), context: context).quantiles == hindsight.forecast)
        #expect(hindsight.outcome == points[19].valDSC)
        // Never of no epoch at all.
        let first = try forecaster.hindsight(FinishedCurve(context: context, points: points), epoch: 0)
        #expect(try forecaster.forecast([points[0]], context: context).quantiles == first.forecast)
    }
}
