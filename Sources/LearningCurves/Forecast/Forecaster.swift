/// Forecasts the final DSC of runs by a surrogate.
public struct Forecaster: Sendable {
    private let surrogate: Surrogate

    public init(surrogate: Surrogate) {
        self.surrogate = surrogate
    }

    /// The quantiles of the final DSC given the curve so far.
    ///
    /// A complete curve gives its final DSC as measured, with ``Forecast/final`` set.
    ///
    /// - parameter points: in the order of their epochs; epochs may be missing.
    /// - throws: ``LearningCurvesError`` naming the bad point, or the bad field of the context.
    public func forecast(_ points: [CurvePoint], context: RunContext) throws -> Forecast {
        try context.validate()
        let curve = try Curve(points, totalEpochs: context.totalEpochs)
        func forecast(
            _ quantiles: ForecastQuantiles, _ method: Forecast.Method, version: Int? = nil
        ) -> Forecast {
            Forecast(
                quantiles: quantiles, method: method, modelVersion: version, epochsSeen: curve.epochsSeen,
                totalEpochs: curve.totalEpochs, final: curve.isComplete)
        }
        if curve.isComplete {
            return forecast(
                ForecastQuantiles(clamping: .init(repeating: curve.finalDSC, count: 5)), .lastValue)
        }
        // Weights are finite and inputs bounded, so there is a number; if not, anything may come.
        guard let quantiles = surrogate.quantiles(curve, context: context) else {
            return forecast(
                ForecastQuantiles(clamping: [0, 0.25, 0.5, 0.75, 1].map { $0 }), .lastValue)
        }
        return forecast(quantiles, .surrogate, version: surrogate.version)
    }

    /// What the forecast of a run that has ended was after an epoch, the first recorded at least, and what it came to.
    ///
    /// - throws: as ``forecast(_:context:)``.
    public func hindsight(
        _ whole: FinishedCurve, epoch: Int
    ) throws -> (forecast: ForecastQuantiles, outcome: Double) {
        let seen = max(1, whole.points.prefix { $0.epoch <= epoch }.count)
        return (
            try forecast(Array(whole.points.prefix(seen)), context: whole.context).quantiles,
            try Curve(whole.points, totalEpochs: whole.context.totalEpochs).finalDSC
        )
    }
}
