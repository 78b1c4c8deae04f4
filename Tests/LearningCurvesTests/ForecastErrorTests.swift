import Foundation
import Testing

@testable import LearningCurves

/// Forecasts of one task's runs are off together.
@Suite struct ForecastErrorTests {
    /// Against the integral over the error, in steps of a thousandth.
    @Test(arguments: [0.3, 1.2]) func whatASizeTellsIsBayes(scale: Double) {
        let values = [0.70, 0.71, 0.75]
        let (common, variances) = ([0, 0, 0.03], [1e-4, 2e-4, 3e-4])
        let weight = variances.reduce(0) { $0 + 1 / $1 }
        func weighted(_ numbers: [Double]) -> Double { zip(numbers, variances).reduce(0) { $0 + $1.0 / $1.1 } / weight }
        let deviations = values.map { $0 - weighted(values) }
        var error = ForecastError()
        error.add(deviations: deviations, common: common, variances: variances)
        let found = error.within(noiseScale: scale)

        var (sum, first, second) = (0.0, 0.0, 0.0)
        for step in -8000...8000 {
            let z = Double(step) / 1000
            let misfit = zip(zip(deviations, common), variances).reduce(0) {
                let left = $1.0.0 - z * ($1.0.1 - weighted(common))
                return $0 + (left * left - $1.0.0 * $1.0.0) / $1.1
            }
            let density = exp(-misfit / (2 * scale * scale) - z * z / 2) / (2 * Double.pi).squareRoot() / 1000
            sum += density
            first += density * z
            second += density * z * z
        }
        #expect(abs(found.mean - first / sum) < 1e-6)
        #expect(abs(found.deviation - (second / sum - first * first / sum / sum).squareRoot()) < 1e-6)
        #expect(abs(found.density - log(sum)) < 1e-6)
        #expect(abs(error.onMeans[0] - weighted(common)) < 1e-15)
    }

    /// Two sizes whose other errors have the covariance ((4, 2), (2, 5)): Σ⁻¹ = ((5, −2), (−2, 4))/16.
    @Test func aDrawFollowsTheResiduals() {
        let error = CommonError([1, 2], factor: [[2, 0], [1, 2]])
        let residuals = [3.0, 4.0]
        // Σ⁻¹·(1, 2) = (1, 6)/16, so the precision is 1 + 13/16 and the mean 27/16 of it.
        let (mean, precision) = (27.0 / 29, 29.0 / 16)
        var generator = SeededGenerator(seed: 2)
        let draws = (0..<20_000).map { _ in
            let removed = error.removed(from: residuals, using: &generator)
            #expect(abs((4 - removed[1]) - 2 * (3 - removed[0])) < 1e-12)
            return 3 - removed[0]
        }
        let middle = draws.reduce(0, +) / 20_000
        let variance = draws.reduce(0) { $0 + ($1 - middle) * ($1 - middle) } / 20_000
        #expect(abs(middle - mean) < 0.02 && abs(variance * precision - 1) < 0.05)
    }

    private func expected(_ observations: [SizeObservation]) throws -> SizeEstimate.Interval {
        let query = EstimateQuery(poolSize: 490, atN: 313)
        return try #require(try SizeEstimator.estimate(observations, query: query, seed: 1).expected).dsc
    }

    private func forecasts(_ sizes: [Int], off error: Double) -> [SizeObservation] {
        sizes.map { n in
            SizeObservation(
                n: n, dsc: TestCurves.exponential(Double(n)) + error, standardError: 0.02, isForecast: true)
        }
    }

    /// However many there are, they may all be too high.
    @Test func manyForecastsAreNoMoreCertainThanTheirCommonError() throws {
        let all = TestCurves.sizes + TestCurves.sizes + TestCurves.sizes
        let interval = try expected(forecasts(all, off: 0.02))
        // A deviation of 0.02/√2 at least.
        #expect(interval.high - interval.low > 3 * 0.02 * 0.5.squareRoot())
        #expect(interval.low < TestCurves.exponential(313))
    }

    /// Runs that have ended show how far the others' forecasts are off.
    @Test(arguments: [-0.02, 0.02]) func runsThatHaveEndedSetForecastsRight(error: Double) throws {
        let ended = TestCurves.observations([20, 125, 490], truth: TestCurves.exponential).map { run in
            var run = run
            run.standardError = 0.004
            return run
        }
        let truth = TestCurves.exponential(313)
        let both = try expected(ended + forecasts([20, 50, 125, 198, 313], off: error))
        #expect(both.low < truth && truth < both.high && abs(both.value - truth) < 0.005)
    }
}
