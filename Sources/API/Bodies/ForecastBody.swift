public import LearningCurves

/// The forecast of a run's final validation DSC.
public struct ForecastBody: Codable, Sendable {
    /// Absent for a curve that is no run of this server.
    public var runID: String?
    /// Keys "0.05", "0.25", "0.5", "0.75", "0.95".
    public var quantiles: [String: Double]
    /// `surrogate` or `last_value`.
    public var method: String
    /// The surrogate's version, 0 for the one that comes with the program; null for `last_value`.
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

extension ForecastBody {
    /// - Parameter runID: nil for a curve that is no run of this server.
    public init(_ forecast: Forecast, lastValDSC: Double, runID: String? = nil) {
        self.init(
            runID: runID,
            quantiles: Dictionary(
                uniqueKeysWithValues: forecast.quantiles.pairs.map { ("\($0.probability)", $0.value) }),
            method: forecast.method.rawValue, modelVersion: forecast.modelVersion, epochsSeen: forecast.epochsSeen,
            epochsTotal: forecast.totalEpochs, lastValDSC: lastValDSC, final: forecast.final)
    }
}
