public import Foundation

/// A run, as `GET /v1/runs/{id}` answers it. DSC are in [0, 1].
public struct RunBody: Codable, Sendable {
    public struct Epochs: Codable, Sendable {
        public var done: Int
        public var total: Int
    }

    public struct Failure: Codable, Sendable {
        public var message: String
        /// What the worker logged last, a line each; null where nothing is known, and in lists.
        @OrNull public var logTail: String?
    }

    /// Mean DSC over the test cases of one foreground class.
    public struct ClassScore: Codable, Sendable, Hashable {
        public var name: String
        public var dsc: Double
    }

    /// Trained weights that `GET /v1/runs/{id}/model` sends.
    public struct Model: Codable, Sendable, Hashable {
        public var bytes: Int
        /// In hex.
        public var sha256: String
    }

    public var id: String
    public var sweepID: String
    public var state: String
    /// Number of training images.
    public var size: Int
    /// Share of the train pool.
    public var fraction: Double
    /// Levels of the network.
    public var depth: Int
    public var seed: Int
    /// Number of claims so far.
    public var attempt: Int
    /// Attempts since the last new epoch that ended in an error or a lost lease.
    public var failures: Int
    public var epochs: Epochs
    public var stepsPerEpoch: Int
    @OrNull public var last: EpochBody?
    @OrNull public var bestValDSC: Double?
    /// Null unless the run was stopped early.
    @OrNull public var earlyStop: EarlyStopBody?
    /// Mean over the test cases of each case's mean DSC over the foreground classes, computed once at the end. Null for a run
    /// that was stopped early: its final DSC was never measured.
    @OrNull public var testDSC: Double?
    /// Standard deviation over the test cases.
    @OrNull public var testDSCSD: Double?
    @OrNull public var testCases: Int?
    /// In the data set's order of classes; their mean is `testDSC`, or that of `earlyStop`.
    @OrNull public var testDSCByClass: [ClassScore]?
    /// Null until the run has succeeded or was stopped early, and where its worker sent no weights.
    @OrNull public var model: Model?
    /// A queued run is not claimed before that; null where nothing keeps it waiting.
    @OrNull public var notBefore: Date?
    /// `run` or `sweep`: what was paused; null where nothing holds the run back. One that is still running is paused once its
    /// worker lets go of it.
    @OrNull public var pause: String?
    @OrNull public var parameterCount: Int?
    public var subsetHash: String
    @OrNull public var worker: String?
    @OrNull public var error: Failure?
    /// Why it was cancelled; null where somebody asked for it.
    @OrNull public var reason: String?
    public var createdAt: Date
    @OrNull public var startedAt: Date?
    @OrNull public var finishedAt: Date?

    enum CodingKeys: String, CodingKey {
        case id, state, size, fraction, depth, seed, attempt, failures, epochs, stepsPerEpoch, last
        case sweepID = "sweepId"
        case earlyStop
        case bestValDSC = "bestValDsc"
        case testDSC = "testDsc"
        case testDSCSD = "testDscSd"
        case testDSCByClass = "testDscByClass"
        case testCases, model, notBefore, pause, parameterCount, subsetHash, worker, error, reason, createdAt
        case startedAt, finishedAt
    }
}
