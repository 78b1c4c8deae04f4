/// What the choice of an adaptive sweep's next runs came to.
public struct PlanStep: Sendable {
    /// To be queued; empty where the sweep waits for those under way, or has enough.
    public var runs: [NewSweep.Run]
    /// Whether more may follow.
    public var isOpen: Bool
    /// The caller's: how the choice stands.
    public var planJSON: String

    public init(runs: [NewSweep.Run], isOpen: Bool, planJSON: String) {
        self.runs = runs
        self.isOpen = isOpen
        self.planJSON = planJSON
    }
}

/// What the choice of an adaptive sweep's next runs rests on.
public struct PlanBasis: Sendable {
    public var sweep: SweepRecord
    /// In the order in which they are claimed.
    public var runs: [RunRecord]
}

/// An adaptive sweep none of whose runs waits for a worker.
public struct DuePlan: Sendable, Hashable {
    public var sweepID: String
    /// Its runs in training.
    public var running: Int
    /// Its token may have another run waiting.
    public var hasRoom: Bool
    /// The caller's: how the choice stands.
    public var planJSON: String
}
