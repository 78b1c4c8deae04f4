/// The DSC of one run at one training-set size.
public struct SizeObservation: Sendable, Hashable {
    /// Training images.
    public var n: Int
    /// Test DSC, 0…1; a forecast of it where ``isForecast`` is set.
    public var dsc: Double
    /// The network's depth; nil when it is unknown or the same everywhere.
    public var layers: Int?
    public var seed: Int?
    /// Of the mean DSC over the test cases (their standard deviation over √cases), or of the forecast.
    public var standardError: Double?
    /// The run has not ended.
    public var isForecast: Bool
    /// Carried along into the evidence.
    public var runID: String?

    public init(
        n: Int, dsc: Double, layers: Int? = nil, seed: Int? = nil, standardError: Double? = nil,
        isForecast: Bool = false, runID: String? = nil
    ) {
        self.n = n
        self.dsc = dsc
        self.layers = layers
        self.seed = seed
        self.standardError = standardError
        self.isForecast = isForecast
        self.runID = runID
    }

    /// - parameter index: which one it is, for the message.
    /// - throws: ``LearningCurvesError/invalidObservation(index:field:problem:)``.
    public func validate(index: Int) throws {
        func refuse(_ field: String, _ problem: String) -> LearningCurvesError {
            .invalidObservation(index: index, field: field, problem: problem)
        }
        guard EstimateQuery.sizes.contains(n) else {
            throw refuse("n", "must be 1…\(EstimateQuery.sizes.upperBound); got \(n)")
        }
        guard (0...1).contains(dsc) else { throw refuse("dsc", "must be 0…1; got \(dsc)") }
        if let layers, !(0...1000).contains(layers) { throw refuse("layers", "must be 0…1000; got \(layers)") }
        if let standardError, !(0...1).contains(standardError) {
            throw refuse("standard_error", "must be 0…1; got \(standardError)")
        }
    }

    /// A total order of content, so that the order in which observations come does not matter.
    static func precedes(_ a: SizeObservation, _ b: SizeObservation) -> Bool {
        func key(_ o: SizeObservation) -> (Int, Int, Int, Double, Double) {
            (o.layers ?? -1, o.n, o.seed ?? .min, o.dsc, o.standardError ?? -1)
        }
        let (x, y) = (key(a), key(b))
        if x != y { return x < y }
        if a.isForecast != b.isForecast { return b.isForecast }
        return (a.runID ?? "") < (b.runID ?? "")
    }
}
