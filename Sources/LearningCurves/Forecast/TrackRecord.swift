/// How forecasts of runs that have ended since did: those of one sweep tend to be off by about as much as one another.
///
/// An error in units of the deviation that its forecast stated is taken for normal around 0, with a variance that is 1 as
/// far as is known before any run has ended, which counts as much as four runs (inverse-χ² prior; Gelman et al., *Bayesian
/// Data Analysis*, 3rd edition, §2.6).
public struct TrackRecord: Sendable, Hashable {
    /// Of the next error, in units of the deviation stated.
    private let deviation: Double

    private static let priorRuns = 4.0
    /// No forecast is taken to have stated less, so that none outweighs the others.
    private static let smallestDeviation = 0.001

    /// - parameter past: forecasts and the final DSC that they were of.
    public init(_ past: [(forecast: ForecastQuantiles, outcome: Double)]) {
        let squares = past.reduce(0) { sum, one in
            let error = (one.outcome - one.forecast.median) / max(one.forecast.deviation, Self.smallestDeviation)
            return sum + error * error
        }
        deviation = ((Self.priorRuns + squares) / (Self.priorRuns + Double(past.count))).squareRoot()
    }

    /// As wide around its median as forecasts should have been; never narrower than it is.
    public func widened(_ forecast: ForecastQuantiles) -> ForecastQuantiles {
        let factor = max(1, deviation)
        return ForecastQuantiles(
            clamping: forecast.values.map { forecast.median + factor * ($0 - forecast.median) })
    }
}
