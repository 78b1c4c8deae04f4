import LearningCurves
import Storage

/// When a run has shown enough: its forecast's 90 % interval is narrower than a tolerance, also by how the same forecasts
/// of the sweep's runs that have trained to their end did.
struct EarlyStopRule: Sendable {
    static let tolerances = 0.001...0.5
    /// Nil for a sweep that stops no run: an adaptive one rests on few, of which each counts.
    static func defaultTolerance(_ strategy: SweepStrategy) -> Double? {
        switch strategy {
        case .full, .adaptive: nil
        case .earlyStop: 0.03
        }
    }
    /// No run is stopped before that many epochs, however sure its forecast is.
    static let leastEpochs = 3
    /// Nor before this share of its epochs.
    static let leastShare = 0.25
    /// Nor before so many of its sweep have trained to their end.
    static let leastEnded = 2
    /// The newest of them tell enough.
    static let mostEnded = 10

    var tolerance: Double

    /// Whether a run that far along may be stopped, and is not at its end.
    static func isOpen(after epochs: Int, of total: Int) -> Bool {
        epochs < total && epochs >= leastEpochs && Double(epochs) >= leastShare * Double(total)
    }

    /// Whether the forecast is narrow enough, as far as it tells itself.
    func isMet(by forecast: ForecastQuantiles) -> Bool { forecast.values[4] - forecast.values[0] < tolerance }

    /// Nil where the run is to go on.
    ///
    /// - Parameter ended: at most ``mostEnded`` of the sweep's runs that have trained to their end: the forecast of each
    ///   after as many epochs, and its final validation DSC.
    func stop(_ forecast: Forecast, ended: [(forecast: ForecastQuantiles, outcome: Double)]) -> EarlyStop? {
        guard Self.isOpen(after: forecast.epochsSeen, of: forecast.totalEpochs), ended.count >= Self.leastEnded,
            let version = forecast.modelVersion
        else { return nil }
        let quantiles = TrackRecord(ended).widened(forecast.quantiles)
        guard isMet(by: quantiles) else { return nil }
        let values = quantiles.values
        return EarlyStop(low: values[0], median: values[2], high: values[4], surrogateVersion: version)
    }
}
