/// The answer for a sweep, or for numbers from elsewhere: how many images the task needs.
public struct EstimateBody: Codable, Sendable {
    public struct Size: Codable, Sendable {
        public var value: Int
        public var low: Int
        /// Null when no size within reach bounds it from above.
        @OrNull public var high: Int?
        /// At which the statement is as likely to hold as not; null when out of reach.
        @OrNull public var median: Int?
        /// `value` as a share of the pool; above 1 when more images are needed than there are. Null where the pool's size is
        /// not known.
        @OrNull public var fraction: Double?
        @OrNull public var lowFraction: Double?
        @OrNull public var highFraction: Double?
        /// Beyond twice the largest measured size.
        public var extrapolated: Bool
    }

    public struct Target: Codable, Sendable {
        public var targetDSC: Double
        public var status: String
        @OrNull public var size: Size?

        enum CodingKeys: String, CodingKey {
            case targetDSC = "targetDsc"
            case status, size
        }
    }

    public struct Interval: Codable, Sendable {
        public var value: Double
        public var low: Double
        public var high: Double
    }

    /// The DSC expected at the size that was asked for.
    public struct Expected: Codable, Sendable {
        public var n: Int
        @OrNull public var fraction: Double?
        public var dsc: Double
        public var low: Double
        public var high: Double
        /// Beyond twice the largest measured size.
        public var extrapolated: Bool
    }

    /// What to run or collect next, and what it is worth.
    public struct NextStep: Codable, Sendable {
        /// Each once.
        public var sizes: [Int]
        /// `gain_of_doubling` of the largest measured size, or `expected_dsc` at `reference_n`.
        public var quantity: String
        /// Of the quantity's interval, now and as expected afterwards.
        public var widthNow: Double
        public var widthThen: Double
    }

    public struct CurvePoint: Codable, Sendable {
        public var n: Int
        public var dsc: Double
        public var low: Double
        public var high: Double
    }

    public struct Family: Codable, Sendable {
        public var name: String
        public var weight: Double
        public var parameters: [String: Double]
    }

    public struct Depth: Codable, Sendable {
        /// Null where the points came without one.
        @OrNull public var depth: Int?
        public var status: String
        @OrNull public var nPlateau: Size?
        @OrNull public var nTarget: Target?
        @OrNull public var asymptote: Interval?
        /// Expected DSC by number of images, with its band; empty where nothing could be fitted.
        public var curve: [CurvePoint]
        public var families: [Family]
        @OrNull public var largestMeasuredN: Int?
        @OrNull public var gainOfDoubling: Interval?
        @OrNull public var expected: Expected?
        @OrNull public var nextStep: NextStep?
    }

    /// One run that the answer rests on.
    public struct Evidence: Codable, Sendable {
        @OrNull public var runID: String?
        public var n: Int
        @OrNull public var depth: Int?
        @OrNull public var seed: Int?
        public var dsc: Double
        @OrNull public var standardError: Double?
        /// The run was stopped early, or has not ended; `dsc` is its forecast.
        public var forecast: Bool

        enum CodingKeys: String, CodingKey {
            case runID = "runId"
            case n, depth, seed, dsc, standardError, forecast
        }
    }

    /// Absent for numbers from elsewhere.
    public var sweepID: String?
    /// `reached`, `not_reached` or `insufficient_data`: of the target where one was asked for, else of the plateau.
    public var status: String
    /// The smallest number of images beyond which more gain less than `delta`.
    @OrNull public var nPlateau: Size?
    /// The smallest number of images that reaches the asked DSC; null when none was asked for.
    @OrNull public var nTarget: Target?
    /// The DSC that ever more images approach.
    @OrNull public var asymptote: Interval?
    /// At the size that was asked for; null when none was, or with too little data.
    @OrNull public var expected: Expected?
    @OrNull public var nextStep: NextStep?
    public var delta: Double
    public var confidence: Double
    /// Images that fractions are of; null where that is not known.
    @OrNull public var poolSize: Int?
    /// The size that gains are compared to.
    @OrNull public var referenceN: Int?
    @OrNull public var largestMeasuredN: Int?
    /// Some number above lies beyond twice the largest measured size.
    public var extrapolated: Bool
    /// The depth the answer speaks of: the one with the highest expected DSC at `reference_n`.
    @OrNull public var depth: Int?
    public var byDepth: [Depth]
    public var families: [Family]
    public var evidence: [Evidence]
    public var assumptions: [String]
    public var advice: String

    enum CodingKeys: String, CodingKey {
        case sweepID = "sweepId"
        case status, nPlateau, nTarget, asymptote, expected, nextStep, delta, confidence, poolSize, referenceN
        case largestMeasuredN, extrapolated
        case depth, byDepth, families, evidence, assumptions, advice
    }
}
