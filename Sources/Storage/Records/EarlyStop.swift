/// Why a run ends before its last epoch: the forecast of its final validation DSC is certain enough.
public struct EarlyStop: Sendable, Hashable {
    /// Quantiles of the forecast: 5, 50 and 95 %, in 0…1 and never falling.
    public var low: Double
    public var median: Double
    public var high: Double
    /// Of the surrogate that the forecast came from.
    public var surrogateVersion: Int

    public init(low: Double, median: Double, high: Double, surrogateVersion: Int) {
        self.low = low
        self.median = median
        self.high = high
        self.surrogateVersion = surrogateVersion
    }
}
