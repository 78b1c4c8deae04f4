/// One point of a learning curve, after one epoch (evaluation interval) of training.
public struct CurvePoint: Sendable, Hashable {
    /// Counted from 1.
    public var epoch: Int
    /// Mean validation DSC, 0…1.
    public var valDSC: Double
    public var trainLoss: Double?
    public var valLoss: Double?

    public init(epoch: Int, valDSC: Double, trainLoss: Double? = nil, valLoss: Double? = nil) {
        self.epoch = epoch
        self.valDSC = valDSC
        self.trainLoss = trainLoss
        self.valLoss = valLoss
    }
}
