/// A forecast of a run's final validation DSC: the mean over the last 5 % (at least one) of its points.
public struct Forecast: Sendable, Hashable {
    public enum Method: String, Sendable, Hashable {
        /// The trained LSTMs.
        case surrogate
        /// The measured value of a complete run.
        case lastValue = "last_value"
    }

    public let quantiles: ForecastQuantiles
    public let method: Method
    /// The version of the surrogate, 0 for the one that comes with the program; nil for the last value.
    public let modelVersion: Int?
    /// The epoch of the last point given.
    public let epochsSeen: Int
    public let totalEpochs: Int
    /// The curve is complete: every quantile is the final DSC as measured.
    public let final: Bool
}
