/// What a token may ask for.
public struct TokenQuota: Sendable, Hashable {
    /// Runs of its sweeps that may wait at a time, queued or paused; nil for any number.
    public var maxQueuedRuns: Int?
    /// What the runs of its sweeps may have taken, ever, before it can submit no more; nil for any amount.
    public var cpuHours: Double?

    public static let maxQueuedRunsRange = 1...1_000_000

    public init(maxQueuedRuns: Int? = nil, cpuHours: Double? = nil) {
        self.maxQueuedRuns = maxQueuedRuns
        self.cpuHours = cpuHours
    }
}
