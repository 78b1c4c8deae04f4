/// How many images a task needs, as far as the observations tell.
public struct SizeEstimate: Sendable, Hashable {
    public enum Status: String, Sendable, Hashable {
        /// The answer lies within the measured sizes and holds with the stated confidence.
        case reached
        /// It does not: the curve still rises, or is too uncertain.
        case notReached = "not_reached"
        /// Fewer than 3 different sizes were measured.
        case insufficientData = "insufficient_data"
    }

    /// A number of images.
    public struct Size: Sendable, Hashable {
        /// The smallest n at which the statement holds with the query's confidence.
        public let value: Int
        /// The central interval, at the query's confidence, of the n at which it holds.
        public let low: Int
        /// Nil when the interval has no upper end within 100 times the largest measured size.
        public let high: Int?
        /// The n at which the median of the curves reaches what is stated: as likely too few as too many. Nil when it
        /// does nowhere within 100 times the largest measured size.
        public let median: Int?
        /// Images in the train pool, or the most there can ever be; nil when neither is known.
        public let poolSize: Int?
        /// `value` lies beyond twice the largest measured size.
        public let extrapolated: Bool

        /// `value`, `low` and `high` as shares of the pool.
        public var fraction: Double? { share(value) }
        public var lowFraction: Double? { share(low) }
        public var highFraction: Double? { high.flatMap(share) }

        private func share(_ n: Int) -> Double? { poolSize.map { Double(n) / Double($0) } }
    }

    /// The DSC expected at a size that was asked for.
    public struct Expected: Sendable, Hashable {
        public let n: Int
        /// As a share of the pool; nil when its size is not known.
        public let fraction: Double?
        public let dsc: Interval
        /// Beyond twice the largest measured size.
        public let extrapolated: Bool
    }

    /// What to run or collect next, and what that is worth.
    public struct NextStep: Sendable, Hashable {
        public enum Quantity: String, Sendable, Hashable {
            /// The gain in DSC of doubling the largest measured size.
            case gainOfDoubling = "gain_of_doubling"
            /// The expected DSC at ``SizeEstimate/referenceN``.
            case expectedDSC = "expected_dsc"
        }

        /// One run of each.
        public let sizes: [Int]
        public let quantity: Quantity
        /// The width of the quantity's interval, at the query's confidence, now and as expected after these runs.
        public let widthNow: Double
        public let widthThen: Double
    }

    public struct Target: Sendable, Hashable {
        public let targetDSC: Double
        public let status: Status
        /// The smallest n whose expected DSC reaches the target. Nil when the confidence is reached nowhere within 100
        /// times the largest measured size.
        public let size: Size?
    }

    public struct Interval: Sendable, Hashable {
        public let value: Double
        public let low: Double
        public let high: Double
    }

    /// Expected DSC at a size.
    public struct CurveValue: Sendable, Hashable {
        public let n: Int
        public let dsc: Double
        public let low: Double
        public let high: Double
    }

    public struct Family: Sendable, Hashable {
        /// `power_law`: a − b·n^(−c); `exponential`: a − b·exp(−n/c); `mmf`: a − b/(1 + (n/c)^d); `constant`: a.
        public let name: String
        /// Its posterior probability; the weights sum to 1.
        public let weight: Double
        /// Of its most typical member.
        public let parameters: [String: Double]
    }

    /// The answer for one depth.
    public struct Depth: Sendable, Hashable {
        /// Nil for observations without a depth.
        public let depth: Int?
        /// Of the target where one was asked for, else of the plateau.
        public let status: Status
        public let plateauStatus: Status
        /// Nil unless `plateauStatus` is reached.
        public let nPlateau: Size?
        public let nTarget: Target?
        public let asymptote: Interval?
        /// About 30 sizes, evenly spaced in log n, from the smallest measured to the larger of the reference and the
        /// largest measured; empty with insufficient data.
        public let curve: [CurveValue]
        public let families: [Family]
        public let largestMeasuredN: Int
        /// Different sizes measured.
        public let sizesMeasured: Int
        /// Expected gain in DSC if the largest measured size were doubled; nil with insufficient data.
        public let gainOfDoubling: Interval?
        /// At the query's `atN`; nil when none was asked for, or with insufficient data.
        public let expected: Expected?
        /// Nil where nothing is measured yet, or no further size is possible.
        public let nextStep: NextStep?
    }

    /// Of the target where one was asked for, else of the plateau; for the best depth.
    public let status: Status
    public let plateauStatus: Status
    /// The smallest n from which the gain to ``referenceN`` stays below ``delta``. Nil unless `plateauStatus` is
    /// reached.
    public let nPlateau: Size?
    public let nTarget: Target?
    /// The DSC that ever more images approach.
    public let asymptote: Interval?
    public let expected: Expected?
    public let nextStep: NextStep?
    public let delta: Double
    public let confidence: Double
    /// Images that fractions are of: the query's `poolSize`, else its `maxN`; nil when neither is known.
    public let poolSize: Int?
    /// The size gains are compared to: the query's `maxN`, else its `poolSize`, else the largest measured; at most
    /// twice the largest measured.
    public let referenceN: Int
    public let largestMeasuredN: Int
    /// Some number of images above is marked as extrapolated.
    public let extrapolated: Bool
    /// The depth the answer speaks of: the one with the highest expected DSC at ``referenceN``.
    public let depth: Int?
    /// By rising depth.
    public let byDepth: [Depth]
    public let families: [Family]
    /// The observations, by depth, n and seed.
    public let evidence: [SizeObservation]
    public let assumptions: [String]
    /// What to run or collect next, in plain words.
    public let advice: String
}
