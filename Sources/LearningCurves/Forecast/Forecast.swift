/// A forecast of a run's final validation DSC: the mean over the last 5 % (at least one) of its points.
public struct Forecast: Sendable, Hashable {
    public enum Method: String, Sendable, Hashable {
        /// The trained LSTM.
        case surrogate
        /// Power law and exponential in the epoch, averaged with the last value.
        case curveFit = "curve_fit"
        /// The last value: the whole answer for a complete run, the middle of a wide interval for a very short curve.
        case lastValue = "last_value"
    }

    public let quantiles: ForecastQuantiles
    public let method: Method
    /// The version of the surrogate; nil for the other methods.
    public let modelVersion: Int?
    /// The epoch of the last point given.
    public let epochsSeen: Int
    public let totalEpochs: Int
    /// The curve is complete: every quantile is the final DSC as measured.
    public let final: Bool
}
