/// What a claim hands to a worker: everything it needs to train one run.
public struct ClaimBody: Codable, Sendable {
    public struct Run: Codable, Sendable {
        public var id: String
        public var sweepID: String
        /// The fence: every later write of this claim carries it.
        public var attempt: Int
        public var size: Int
        public var depth: Int
        public var seed: Int
        public var epochsTotal: Int
        public var epochsDone: Int
        public var stepsPerEpoch: Int

        enum CodingKeys: String, CodingKey {
            case sweepID = "sweepId"
            case id, attempt, size, depth, seed, epochsTotal, epochsDone, stepsPerEpoch
        }
    }

    public struct Dataset: Codable, Sendable {
        public var id: String
        public var path: String
        public var dataHash: String
        /// 2 or 3.
        public var dimensions: Int
        public var channels: Int
        /// Foreground classes, in the order of the network's outputs.
        public var classes: [DatasetBody.LabelClass]
    }

    public struct Cases: Codable, Sendable {
        /// The run's own subset of the train pool.
        public var train: [String]
        public var validation: [String]
        public var test: [String]
    }

    public struct Checkpoint: Codable, Sendable {
        public var epoch: Int
        public var step: Int
        public var bytes: Int
        public var sha256: String
    }

    public var run: Run
    public var training: TrainingBody
    public var dataset: Dataset
    public var cases: Cases
    /// The lease lapses this long after the last heartbeat.
    public var leaseSeconds: Double
    @OrNull public var checkpoint: Checkpoint?
}

/// The answer to a heartbeat.
public struct HeartbeatBody: Codable, Sendable {
    public var leaseSeconds: Double
    /// `pause` or `stop_early`; null where the worker is to go on.
    @OrNull public var order: String?
}

/// The answer to posted epoch records.
public struct EpochsAcceptedBody: Codable, Sendable {
    public var epochsDone: Int
    /// As in the answer to a heartbeat.
    @OrNull public var order: String?
}

/// The answer to a checkpoint.
public struct CheckpointSavedBody: Codable, Sendable {
    /// As in the answer to a heartbeat.
    @OrNull public var order: String?
}
