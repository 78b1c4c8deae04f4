/// What a worker sends. Every report carries the attempt, the fence of the claim.
struct ClaimRequest: Encodable {
    var worker: String
    var threads: Int
    var waitSeconds: Double
}

struct RefinementRequest: Encodable {
    var worker: String
}

struct AttemptReport: Encodable {
    var attempt: Int
}

struct HeartbeatReport: Encodable {
    var attempt: Int
    /// How long the server may keep the answer back, to give an order with it.
    var waitSeconds: Double
}

struct EpochsReport: Encodable {
    var attempt: Int
    var epochs: [EpochReport]
}

/// One point of the learning curve.
struct EpochReport: Codable, Sendable, Equatable {
    /// Counted from 1.
    var epoch: Int
    var trainLoss: Double
    var valLoss: Double
    var valDsc: Double
    var learningRate: Double
    var seconds: Double
    var imagesSeen: Int
}

struct FinishReport: Encodable {
    var attempt: Int
    var testDsc: Double
    var testDscSd: Double
    var testCases: Int
    /// In the data set's order of classes.
    var testDscByClass: [ClassScore]
    /// True where the run ends before its last epoch, as the server wanted; else nil, which every server takes.
    var stoppedEarly: Bool?

    struct ClassScore: Codable, Sendable, Hashable {
        var name: String
        var dsc: Double
    }
}

struct FailReport: Encodable {
    var attempt: Int
    var message: String
    /// What was logged last, a line each; at most 16 KiB.
    var logTail: String
    var retry: Bool
}

/// What the server adds to its answer to a report.
struct OrderReply: Decodable {
    /// `pause`, `stop_early`, or nil to go on.
    var order: String?
}

/// The part of a problem detail that a worker needs.
struct ProblemReply: Decodable {
    var type: String
    var detail: String
}
