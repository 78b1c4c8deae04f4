import LearningCurves

/// How a refined surrogate compared with the one it came from on runs that neither was trained on; stored beside it.
struct SurrogateFigures: Codable, Sendable {
    var decision: String
    var trainingCurves: Int
    var heldOutCurves: Int
    /// Mean pinball losses; lower is better.
    var refinedLoss: Double?
    var currentLoss: Double?

    init(_ outcome: RefiningOutcome) {
        decision = outcome.decision.rawValue
        trainingCurves = outcome.trainingCurves
        heldOutCurves = outcome.heldOutCurves
        refinedLoss = outcome.refinedLoss
        currentLoss = outcome.currentLoss
    }
}
