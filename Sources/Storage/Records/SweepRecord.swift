public import Foundation
import GRDB

/// A sweep with the counts of its runs.
public struct SweepRecord: Sendable {
    public var id: String
    public var name: String?
    public var datasetID: String
    public var datasetName: String
    public var state: SweepState
    /// The caller's JSON: sizes, depths, seeds, recipe.
    public var specificationJSON: String
    /// In `priorities`.
    public var priority: Int
    public var retry: RetryPolicy
    public var limits: SweepLimits
    /// What its epochs have taken: seconds times the threads of the workers that trained them.
    public var cpuSeconds: Double
    /// Why the sweep was cancelled; nil where somebody asked for it.
    public var reason: String?
    /// Grows with every change of the sweep or of one of its runs.
    public var version: Int
    public var runs: [RunState: Int]
    public var epochsDone: Int
    public var epochsTotal: Int
    /// Optimizer steps of the epochs that are done.
    public var stepsDone: Int
    /// How the choice of its runs stands, as the caller's JSON; nil where all were queued at once.
    public var planJSON: String?
    /// More runs may be chosen.
    public var isPlanOpen: Bool
    public var createdAt: Date
    public var startedAt: Date?
    public var finishedAt: Date?

    init(row: Row, runs: [RunState: Int], epochsDone: Int, epochsTotal: Int, stepsDone: Int) throws {
        id = row["id"]
        name = row["name"]
        datasetID = row["dataset_id"]
        datasetName = row["dataset_name"]
        state = try row.state("state")
        specificationJSON = row["specification"]
        priority = row["priority"]
        retry = RetryPolicy(row: row)
        limits = SweepLimits(deadline: row.dateIfAny("deadline"), cpuHours: row["cpu_hours"])
        cpuSeconds = row["cpu_seconds"]
        reason = row["reason"]
        version = row["version"]
        self.runs = runs
        self.epochsDone = epochsDone
        self.epochsTotal = epochsTotal
        self.stepsDone = stepsDone
        planJSON = row["plan"]
        isPlanOpen = row["plan_open"]
        createdAt = row.date("created_at")
        startedAt = row.dateIfAny("started_at")
        finishedAt = row.dateIfAny("finished_at")
    }

    /// Higher comes first; 0 unless asked otherwise.
    public static let priorities = -100...100

    static let select = """
        SELECT sweep.*, dataset.name AS dataset_name
        FROM sweep JOIN dataset ON dataset.id = sweep.dataset_id
        """
}

/// A sweep to submit, with its runs in the order in which they are to be claimed.
public struct NewSweep: Sendable {
    /// One cell of the sweep.
    public struct Run: Sendable {
        public var size: Int
        public var fraction: Double
        public var depth: Int
        public var seed: Int
        public var subsetHash: String
        public var stepsPerEpoch: Int
        public var epochsTotal: Int
        public var parameterCount: Int
        /// How wide the 90 % interval of its forecast may be for it to be stopped; nil where it trains every epoch.
        public var tolerance: Double?

        public init(
            size: Int, fraction: Double, depth: Int, seed: Int, subsetHash: String, stepsPerEpoch: Int,
            epochsTotal: Int, parameterCount: Int, tolerance: Double? = nil
        ) {
            self.size = size
            self.fraction = fraction
            self.depth = depth
            self.seed = seed
            self.subsetHash = subsetHash
            self.stepsPerEpoch = stepsPerEpoch
            self.epochsTotal = epochsTotal
            self.parameterCount = parameterCount
            self.tolerance = tolerance
        }
    }

    public var name: String?
    public var datasetID: String
    /// Who submits: among equal priorities, submitters take turns. Idempotency keys are theirs alone.
    public var submitter: String
    public var specificationJSON: String
    /// In `SweepRecord.priorities`.
    public var priority: Int
    public var retry: RetryPolicy
    public var limits: SweepLimits
    /// The first of them where `planJSON` is there.
    public var runs: [Run]
    /// For a sweep whose further runs are chosen by what these show: how the choice stands, as the caller's JSON.
    public var planJSON: String?
    public var idempotency: IdempotencyKey?

    public init(
        name: String?, datasetID: String, submitter: String, specificationJSON: String, priority: Int = 0,
        retry: RetryPolicy = RetryPolicy(), limits: SweepLimits = SweepLimits(), runs: [Run],
        planJSON: String? = nil, idempotency: IdempotencyKey?
    ) {
        self.name = name
        self.datasetID = datasetID
        self.submitter = submitter
        self.specificationJSON = specificationJSON
        self.priority = priority
        self.retry = retry
        self.limits = limits
        self.runs = runs
        self.planJSON = planJSON
        self.idempotency = idempotency
    }
}

/// A client's key for one submission, with the SHA-256 of the body it was first sent with.
public struct IdempotencyKey: Sendable {
    public var key: String
    public var requestHash: [UInt8]

    public init(key: String, requestHash: [UInt8]) {
        self.key = key
        self.requestHash = requestHash
    }
}
