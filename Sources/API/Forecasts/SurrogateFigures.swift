import LearningCurves

/// How a refined surrogate compared with the one it came from on runs that neither was trained on; stored beside it.
struct SurrogateFigures: Codable, Sendable {
    var decision: RefiningOutcome.Decision
    var trainingCurves: Int
    var heldOutCurves: Int
    /// Mean pinball losses; lower is better.
    var refinedLoss: Double?
    var currentLoss: Double?
}
