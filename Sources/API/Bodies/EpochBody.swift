/// One point of a learning curve.
public struct EpochBody: Codable, Sendable, Hashable {
    /// Counted from 1.
    public var epoch: Int
    /// Mean over the epoch's steps.
    public var trainLoss: Double
    public var valLoss: Double
    public var valDSC: Double
    /// The rate of the epoch's last step.
    public var learningRate: Double
    /// Wall time of this epoch, evaluation included.
    public var seconds: Double
    /// Training images seen since the run began, repeats counted.
    public var imagesSeen: Int

    enum CodingKeys: String, CodingKey {
        case epoch, trainLoss, valLoss, learningRate, seconds, imagesSeen
        case valDSC = "valDsc"
    }
}

/// A run's learning curve.
public struct CurveBody: Codable, Sendable {
    public var runID: String
    public var points: [EpochBody]

    enum CodingKeys: String, CodingKey {
        case runID = "runId"
        case points
    }
}
