/// The forecast of a run's final validation DSC.
public struct ForecastBody: Codable, Sendable {
    public var runID: String
    /// Keys "0.05", "0.25", "0.5", "0.75", "0.95".
    public var quantiles: [String: Double]
    /// `surrogate`, `curve_fit` or `last_value`.
    public var method: String
    /// The surrogate's version; null for the other methods.
    @OrNull public var modelVersion: Int?
    public var epochsSeen: Int
    public var epochsTotal: Int
    @OrNull public var lastValDSC: Double?
    /// The run is complete: every quantile is its measured value.
    public var final: Bool

    enum CodingKeys: String, CodingKey {
        case runID = "runId"
        case quantiles, method, modelVersion, epochsSeen, epochsTotal, final
        case lastValDSC = "lastValDsc"
    }
}
