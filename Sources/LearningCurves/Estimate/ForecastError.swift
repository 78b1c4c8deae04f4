import Foundation

/// An error that the forecasts among the evidence have in common, in deviations: normal around 0 with a variance of 1 before
/// the evidence. Where a size has both forecasts and runs that have ended, these tell something of it.
struct ForecastError {
    /// What one deviation does to the mean of each size.
    private(set) var onMeans: [Double] = []
    /// Σ (common − on the mean)·(observation − mean)/variance, and Σ (common − on the mean)²/variance.
    private var product = 0.0
    private var square = 0.0

    /// The observations of the next size.
    ///
    /// - parameters:
    ///   - deviations: of each from their weighted mean.
    ///   - common: what one deviation of the error does to each; 0 for a run that has ended.
    ///   - variances: of their independent errors.
    mutating func add(deviations: [Double], common: [Double], variances: [Double]) {
        let weight = variances.reduce(0) { $0 + 1 / $1 }
        let onMean = zip(common, variances).reduce(0) { $0 + $1.0 / $1.1 } / weight
        onMeans.append(onMean)
        for ((deviation, common), variance) in zip(zip(deviations, common), variances) {
            product += (common - onMean) * deviation / variance
            square += (common - onMean) * (common - onMean) / variance
        }
    }

    /// Its mean and standard deviation given how forecasts lie to runs of the same size, and what that adds to the log of the
    /// evidence's density.
    ///
    /// - parameter scale: of the independent errors.
    func within(noiseScale scale: Double) -> (mean: Double, deviation: Double, density: Double) {
        let precision = 1 + square / (scale * scale)
        let mean = product / (scale * scale) / precision
        return (mean, 1 / precision.squareRoot(), 0.5 * (mean * mean * precision - log(precision)))
    }
}
