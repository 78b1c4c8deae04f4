/// What is asked of an estimate.
public struct EstimateQuery: Sendable, Hashable {
    /// A DSC to reach, in (0, 1); nil when none is asked for, which is the default.
    public var targetDSC: Double?
    /// The gain that no longer matters, in (0, 0.5]. The default is 0.01.
    public var delta: Double
    /// Of every statement and interval, in [0.5, 0.99]. The default is 0.9.
    public var confidence: Double
    /// The most images there can ever be: gains are compared to it. Nil, the default, compares to `poolSize`.
    public var maxN: Int?
    /// Images in the train pool; nil, the default, compares to the largest size measured.
    public var poolSize: Int?
    /// A size whose expected DSC is asked for; nil when none is, which is the default.
    public var atN: Int?

    /// Images that fractions are of, where it is known how many there are or can be.
    var wholePool: Int? { poolSize ?? maxN }

    /// The size that gains are compared to, where so many images have been measured at most: no farther than twice that.
    func referenceN(largest: Int) -> Int { min(maxN ?? poolSize ?? largest, 2 * largest) }

    /// Sizes that make sense.
    static let sizes = 1...100_000_000

    public init(
        targetDSC: Double? = nil, delta: Double = 0.01, confidence: Double = 0.9, maxN: Int? = nil,
        poolSize: Int? = nil, atN: Int? = nil
    ) {
        self.targetDSC = targetDSC
        self.delta = delta
        self.confidence = confidence
        self.maxN = maxN
        self.poolSize = poolSize
        self.atN = atN
    }

    /// - throws: ``LearningCurvesError/invalidQuery(field:problem:)``.
    func validate() throws {
        func refuse(_ field: String, _ problem: String) -> LearningCurvesError {
            .invalidQuery(field: field, problem: problem)
        }
        if let targetDSC, !(targetDSC > 0 && targetDSC < 1) {
            throw refuse("target_dsc", "must be between 0 and 1; got \(targetDSC)")
        }
        guard delta > 0, delta <= 0.5 else { throw refuse("delta", "must be above 0, at most 0.5; got \(delta)") }
        guard (0.5...0.99).contains(confidence) else {
            throw refuse("confidence", "must be 0.5…0.99; got \(confidence)")
        }
        for (field, value) in [("max_n", maxN), ("pool_size", poolSize), ("at_n", atN)] {
            if let value, !Self.sizes.contains(value) {
                throw refuse(field, "must be 1…\(Self.sizes.upperBound); got \(value)")
            }
        }
    }
}
