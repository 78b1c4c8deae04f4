/// How refining a ``Surrogate`` went.
public struct RefiningOutcome: Sendable {
    public enum Decision: String, CaseIterable, Codable, Sendable {
        /// It beat the one it came from on the held-out runs.
        case kept
        /// It did not, and is dropped.
        case notBetter = "not_better"
        /// Fewer than ``Surrogate/minimumCurves`` usable curves.
        case tooFewCurves = "too_few_curves"
        /// The caller asked to stop.
        case stopped
    }

    public let decision: Decision
    /// The surrogate, when kept.
    public let surrogate: Surrogate?
    /// Curves it was refined on, or its intervals calibrated.
    public let trainingCurves: Int
    /// Curves it was judged on, never trained on. A refined one's intervals are calibrated on them thereafter.
    public let heldOutCurves: Int
    /// Curves left out: incomplete, of fewer than 3 points, or invalid.
    public let skippedCurves: Int
    /// Mean pinball loss over the five quantiles, the held-out curves and cuts at 10, 20, 40, 60 and 80 % of their
    /// epochs. Lower is better; nil when nothing was judged, or it gave no finite number.
    public let refinedLoss: Double?
    /// The same loss of the surrogate it came from.
    public let currentLoss: Double?
}
