import LearningCurves

/// How a surrogate compared with curve fits on runs that neither was trained on; stored beside it.
struct SurrogateFigures: Codable, Sendable {
    var decision: String
    var trainingCurves: Int
    var heldOutCurves: Int
    /// Mean pinball losses; lower is better.
    var surrogateLoss: Double?
    var curveFitLoss: Double?

    init(_ outcome: TrainingOutcome) {
        decision = outcome.decision.rawValue
        trainingCurves = outcome.trainingCurves
        heldOutCurves = outcome.heldOutCurves
        surrogateLoss = outcome.surrogateLoss
        curveFitLoss = outcome.curveFitLoss
    }
}
