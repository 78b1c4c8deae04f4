/// What an adaptive sweep does next.
public struct SweepPlan: Sendable, Hashable {
    public enum Decision: Sendable, Hashable {
        case run(SweepCell)
        /// Nothing before a run under way has ended.
        case wait
        case end(End)
    }

    public enum End: String, Sendable, Hashable {
        /// The interval is as narrow as was wanted.
        case precise
        /// No run that is left fits into the steps that are left.
        case budget
        /// Nothing is left of the depths that may be the best.
        case exhausted
    }

    public var decision: Decision
    /// Depths that do worse than another for certain, and are not trained any more; rising.
    public var droppedDepths: [Int]
}
