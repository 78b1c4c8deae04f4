public import Foundation

/// A sweep, as `GET /v1/sweeps/{id}` answers it.
public struct SweepBody: Codable, Sendable {
    public struct DatasetReference: Codable, Sendable {
        public var id: String
        public var name: String
    }

    public struct RunCounts: Codable, Sendable {
        public var total: Int
        public var queued: Int
        public var running: Int
        public var paused: Int
        public var succeeded: Int
        public var stoppedEarly: Int
        public var failed: Int
        public var cancelled: Int
    }

    /// What becomes of runs whose attempts fail.
    public struct Retry: Codable, Sendable {
        /// Attempts in a row, without a new epoch, after which a run has failed for good.
        public var maxFailures: Int
        /// Before the second attempt; doubled for each further one.
        public var backoffSeconds: Double
    }

    public var id: String
    @OrNull public var name: String?
    public var dataset: DatasetReference
    public var state: String
    /// -100 to 100; runs of a higher one are claimed first.
    public var priority: Int
    public var retry: Retry
    /// When it is cancelled, finished or not; null for never.
    @OrNull public var deadline: Date?
    /// After which it is cancelled; null for any amount.
    @OrNull public var cpuHours: Double?
    /// What its epochs have taken: hours times the threads of the workers that trained them. Null from older servers.
    @OrNull public var cpuHoursUsed: Double?
    /// Why it was cancelled; null where somebody asked for it.
    @OrNull public var reason: String?
    /// Numbers of training images, ascending.
    public var sizes: [Int]
    /// The same as shares of the train pool.
    public var fractions: [Double]
    public var depths: [Int]
    public var seeds: [Int]
    /// `full`, `early_stop` or `adaptive`. Null from older servers, which train every epoch of every run.
    @OrNull public var strategy: String?
    /// How wide the 90 % interval of a run's forecast may be for it to be stopped; null where every epoch is trained.
    @OrNull public var tolerance: Double?
    /// How the choice of runs stands; null unless the strategy is adaptive.
    @OrNull public var plan: PlanBody?
    public var training: TrainingBody
    public var runs: RunCounts
    /// Epochs done over epochs to do, 0 to 1; over those of all cells while runs are still chosen.
    public var progress: Double
    /// Null until an epoch has been timed, while the sweep is paused or runs are still chosen, and once it has ended.
    @OrNull public var etaSeconds: Double?
    public var createdAt: Date
    @OrNull public var startedAt: Date?
    @OrNull public var finishedAt: Date?
}
