/// What a run in training is to do, and how far it is.
public struct RunStanding: Sendable {
    /// Nil where it is to go on.
    public var order: WorkerOrder?
    /// How wide the 90 % interval of its forecast may be for it to be stopped; nil where it trains every epoch.
    public var tolerance: Double?
    public var epochsDone: Int
    public var epochsTotal: Int
}
