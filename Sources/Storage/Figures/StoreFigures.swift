/// What the store has done since it was opened.
public struct StoreFigures: Sendable, Hashable {
    /// Points of curves recorded; those sent again are not counted.
    public var epochs = 0
    /// Training images that these epochs have seen.
    public var images = 0
    /// Runs taken back because no heartbeat came.
    public var leasesLost = 0
    /// Attempts that a worker reported as failed.
    public var attemptsFailed = 0
    public var runsSucceeded = 0
    public var runsStoppedEarly = 0
    /// Runs that have failed for good.
    public var runsFailed = 0
    /// Write transactions, from the call until they were on disk: with the wait for those before them.
    public var writes = TimeHistogram()
}
