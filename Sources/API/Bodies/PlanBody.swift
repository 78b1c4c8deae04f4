/// How the choice of an adaptive sweep's runs stands.
public struct PlanBody: Codable, Sendable {
    /// What the sweep is to find out.
    public struct Query: Codable, Sendable {
        @OrNull public var targetDSC: Double?
        public var delta: Double
        public var confidence: Double

        enum CodingKeys: String, CodingKey {
            case targetDSC = "targetDsc"
            case delta, confidence
        }
    }

    /// Cells of one size and depth that have no run.
    public struct NotRun: Codable, Sendable {
        public var size: Int
        public var depth: Int
        public var seeds: [Int]
        /// `open` while they may still be chosen, `dropped` with their depth, or what ended the choice.
        public var reason: String
    }

    /// `open` while more runs may come, else `ended`.
    public var state: String
    /// `precise`, `budget`, `exhausted`, `quota` or `cancelled`; null while it is open.
    @OrNull public var reason: String?
    /// What keeps the next run from being queued, and what to do about it; null where nothing does.
    @OrNull public var waiting: String?
    public var query: Query
    /// Wanted width of the interval of n, as a share of n.
    public var precision: Double
    /// Optimizer steps that all runs together may take.
    public var maxSteps: Int
    /// Optimizer steps done.
    public var stepsUsed: Int
    /// Of all cells, each trained to its end.
    public var stepsOfAll: Int
    /// Depths that another does better than for certain.
    public var droppedDepths: [Int]
    public var notRun: [NotRun]
}

extension PlanBody {
    /// The end of a choice in words.
    public static func words(_ reason: String) -> String {
        switch reason {
        case "precise": "the interval is as narrow as was wanted"
        case "budget": "no run that is left fits into max_steps, which can be raised"
        case "exhausted": "every run of the depths that may be the best was made"
        case "quota": "the CPU-hours of the token are used up"
        default: "the sweep was cancelled"
        }
    }
}
