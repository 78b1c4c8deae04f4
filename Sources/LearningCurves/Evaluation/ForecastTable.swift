/// How well forecasts of the final DSC did on whole curves.
public struct ForecastTable: Sendable, Encodable {
    /// One method at every cut.
    public struct Row: Sendable, Encodable {
        public let method: String
        /// In the order of the cuts.
        public let cuts: [Figures]
    }

    /// One method at one cut.
    public struct Figures: Sendable, Encodable {
        public let meanAbsoluteError: Double
        /// Of the forecasts with the outcomes, by Spearman; nil where one of them is the same for all curves.
        public let rankCorrelation: Double?
        /// Share of the outcomes within the 90 % interval; nil for a method that has none.
        public let coverage: Double?
        /// Mean width of the 90 % interval.
        public let width: Double?
        /// Of mean absolute errors, with the baseline that has the smallest at this cut; nil for baselines.
        public let comparison: BaselineComparison?
    }

    /// Shares of a curve that the forecasts saw.
    public let shares: [Double]
    public let rows: [Row]
    public let curves: Int
    /// Curves of each task.
    public let tasks: [String: Int]
}
