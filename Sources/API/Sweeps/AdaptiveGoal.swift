import LearningCurves

/// What an adaptive sweep is to find out, and what that may cost.
struct AdaptiveGoal: Codable, Sendable, Hashable {
    /// A DSC to be reached, in (0, 1); nil for the plateau.
    var targetDSC: Double?
    /// The gain that no longer matters.
    var delta: Double
    /// Of the interval that is to be narrowed.
    var confidence: Double
    /// Wanted width of that interval, as a share of n.
    var precision: Double
    /// Optimizer steps of all runs together; nil for ``SweepSpecification/standardSteps``.
    var maxSteps: Int?

    static let precisions = 0.01...10.0
    static let steps = 1...1_000_000_000_000

    /// Reads the fields `query`, `precision` and `max_steps` of `POST /v1/sweeps`.
    init(_ fields: FieldReader) {
        let query = fields.object("query")
        targetDSC = query.number("target_dsc", in: EstimateRequest.Bounds.targetDSC)
        delta = query.number("delta", in: EstimateRequest.Bounds.delta) ?? EstimateRequest.plain.delta
        confidence =
            query.number("confidence", in: EstimateRequest.Bounds.confidence) ?? EstimateRequest.plain.confidence
        query.rejectUnknown()
        precision = fields.number("precision", in: Self.precisions) ?? 0.3
        maxSteps = fields.integer("max_steps", in: Self.steps)
    }

    /// To narrow what answers the query, within the standard number of steps.
    init(_ query: EstimateQuery, precision: Double) {
        targetDSC = query.targetDSC
        delta = query.delta
        confidence = query.confidence
        self.precision = precision
    }

    func query(poolSize: Int) -> EstimateQuery {
        EstimateQuery(targetDSC: targetDSC, delta: delta, confidence: confidence, poolSize: poolSize)
    }
}
