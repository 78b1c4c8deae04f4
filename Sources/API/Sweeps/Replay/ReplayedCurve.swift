import LearningCurves
import Storage

/// A finished run's curve with what was forecast after each epoch, by the surrogate that comes with the program.
struct ReplayedCurve: Sendable {
    /// After each epoch at which a run may be stopped.
    let forecasts: [(last: EpochRecord, forecast: Forecast)]
    /// The final validation DSC.
    private let outcome: Double

    /// - Throws: `LearningCurvesError` for a curve that cannot be forecast.
    init(_ curve: [EpochRecord], _ context: RunContext) throws {
        let forecaster = Forecaster(surrogate: .shipped)
        let points = curve.map(CurvePoint.init)
        let open = curve.indices.filter { EarlyStopRule.isOpen(after: curve[$0].epoch, of: context.totalEpochs) }
        forecasts = try open.map { (curve[$0], try forecaster.forecast(Array(points[...$0]), context: context)) }
        outcome = try forecaster.forecast(points, context: context).quantiles.median
    }

    /// What was forecast after an epoch, and what it came to. All runs of a sweep have as many epochs.
    func hindsight(epoch: Int) -> (forecast: ForecastQuantiles, outcome: Double)? {
        forecasts.first { $0.last.epoch == epoch }.map { ($0.forecast.quantiles, outcome) }
    }
}
