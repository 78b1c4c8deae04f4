/// What becomes of a run whose attempts fail.
public struct RetryPolicy: Sendable, Hashable {
    /// Attempts in a row, without a new epoch, that may fail before the run has failed for good. The default is 5.
    public var maxFailures: Int
    /// How long a run waits after the first failure; twice as long after each further one, up to `longestPauseSeconds`.
    /// The default is 5.
    public var backoffSeconds: Double

    public static let maxFailuresRange = 1...20
    public static let backoffSecondsRange = 0.0...3600.0
    public static let longestPauseSeconds = 3600.0
    /// Workers that one run may lose in a row, without a new epoch, before it is quarantined: it may well be the run
    /// that ends them, and each is one less for the others.
    public static let maxLosses = 2

    public init(maxFailures: Int = 5, backoffSeconds: Double = 5) {
        self.maxFailures = maxFailures
        self.backoffSeconds = backoffSeconds
    }

    /// How long to wait after that many failures, in seconds: between half the backoff and all of it, so that runs which
    /// failed together do not come back together.
    ///
    /// - Parameter jitter: in 0..<1.
    func pauseSeconds(afterFailures failures: Int, jitter: Double) -> Double {
        var pause = backoffSeconds
        for _ in 1..<max(1, failures) where pause < Self.longestPauseSeconds { pause *= 2 }
        return min(pause, Self.longestPauseSeconds) * (0.5 + jitter / 2)
    }
}
