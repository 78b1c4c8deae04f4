/// How well estimates did on studies whose curves are measured up to their full size.
public struct EstimateTable: Sendable, Encodable {
    /// One method at every cut.
    public struct Row: Sendable, Encodable {
        public let method: String
        /// In the order of the cuts.
        public let cuts: [Figures]
    }

    /// One method at one cut.
    public struct Figures: Sendable, Encodable {
        /// Median of ln(predicted / true) of the n that reaches 99 % of the full-size score.
        public let medianLogRatio: Double
        /// Median of its absolute value.
        public let medianAbsoluteLogRatio: Double
        /// Of these, with the single family that has the smallest at this cut; nil for single families.
        public let sizeComparison: BaselineComparison?
        /// Share of the true n within the 90 % interval; nil for a method that has none.
        public let sizeCoverage: Double?
        /// Median of ln(high / low) of that interval.
        public let sizeWidth: Double?
        /// Mean absolute error of the score at full size.
        public let scoreError: Double
        /// Of these, with the single family that has the smallest at this cut; nil for single families.
        public let scoreComparison: BaselineComparison?
        /// Share of the full-size scores within the 90 % interval; nil for a method that has none.
        public let scoreCoverage: Double?
        /// Mean width of that interval.
        public let scoreWidth: Double?
    }

    /// Of the full size, up to which sizes the estimates saw.
    public let shares: [Double]
    public let rows: [Row]
    /// Studies that have enough sizes to be judged, by cut.
    public let judged: [Int]
    public let studies: Int
    public let tasks: Int
}
