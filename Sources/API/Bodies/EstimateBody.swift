/// The answer for a sweep: how many images its task needs.
public struct EstimateBody: Codable, Sendable {
    public struct Size: Codable, Sendable {
        public var value: Int
        public var low: Int
        /// Null when no size within reach bounds it from above.
        @OrNull public var high: Int?
        /// `value` as a share of the train pool; above 1 when more images are needed than there are.
        @OrNull public var fraction: Double?
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
        public var depth: Int
        public var status: String
        @OrNull public var nPlateau: Size?
        @OrNull public var nTarget: Target?
        @OrNull public var asymptote: Interval?
        /// Expected DSC by number of images, with its band; empty where nothing could be fitted.
        public var curve: [CurvePoint]
        public var families: [Family]
        @OrNull public var largestMeasuredN: Int?
    }

    /// One run that the answer rests on.
    public struct Evidence: Codable, Sendable {
        @OrNull public var runID: String?
        public var n: Int
        @OrNull public var depth: Int?
        @OrNull public var seed: Int?
        public var dsc: Double
        @OrNull public var standardError: Double?
        /// The run was stopped early; `dsc` is its forecast.
        public var forecast: Bool

        enum CodingKeys: String, CodingKey {
            case runID = "runId"
            case n, depth, seed, dsc, standardError, forecast
        }
    }

    public var sweepID: String
    /// `reached`, `not_reached` or `insufficient_data`: of the target where one was asked for, else of the plateau.
    public var status: String
    /// The smallest number of images beyond which more gain less than `delta`.
    @OrNull public var nPlateau: Size?
    /// The smallest number of images that reaches the asked DSC; null when none was asked for.
    @OrNull public var nTarget: Target?
    /// The DSC that ever more images approach.
    @OrNull public var asymptote: Interval?
    public var delta: Double
    public var confidence: Double
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
        case status, nPlateau, nTarget, asymptote, delta, confidence, referenceN, largestMeasuredN, extrapolated
        case depth, byDepth, families, evidence, assumptions, advice
    }
}
