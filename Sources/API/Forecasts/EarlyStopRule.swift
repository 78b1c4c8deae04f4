import LearningCurves
import Storage

/// When a run has shown enough: its forecast's 90 % interval is narrower than a tolerance.
struct EarlyStopRule: Sendable {
    static let tolerances = 0.001...0.5
    static let defaultTolerance = 0.03
    /// No run is stopped before that many epochs, however sure its forecast is.
    static let leastEpochs = 3
    /// Nor before this share of its epochs.
    static let leastShare = 0.25

    var tolerance: Double

    /// Whether a run that far along may be stopped, and is not at its end.
    static func isOpen(after epochs: Int, of total: Int) -> Bool {
        epochs < total && epochs >= leastEpochs && Double(epochs) >= leastShare * Double(total)
    }

    /// Nil where the run is to go on.
    func stop(_ forecast: Forecast) -> EarlyStop? {
        guard Self.isOpen(after: forecast.epochsSeen, of: forecast.totalEpochs), let version = forecast.modelVersion
        else { return nil }
        let values = forecast.quantiles.values
        guard values[4] - values[0] < tolerance else { return nil }
        return EarlyStop(low: values[0], median: values[2], high: values[4], surrogateVersion: version)
    }
}
