import GRDB

/// One point of a run's learning curve.
public struct EpochRecord: Sendable, Hashable {
    /// Counted from 1.
    public var epoch: Int
    public var trainLoss: Double
    public var valLoss: Double
    public var valDSC: Double
    public var learningRate: Double
    /// Wall time of the epoch.
    public var seconds: Double
    public var imagesSeen: Int

    public init(
        epoch: Int, trainLoss: Double, valLoss: Double, valDSC: Double, learningRate: Double, seconds: Double,
        imagesSeen: Int
    ) {
        self.epoch = epoch
        self.trainLoss = trainLoss
        self.valLoss = valLoss
        self.valDSC = valDSC
        self.learningRate = learningRate
        self.seconds = seconds
        self.imagesSeen = imagesSeen
    }

    init(row: Row) {
        epoch = row["epoch"]
        trainLoss = row["train_loss"]
        valLoss = row["val_loss"]
        valDSC = row["val_dsc"]
        learningRate = row["learning_rate"]
        seconds = row["seconds"]
        imagesSeen = row["images_seen"]
    }
}
