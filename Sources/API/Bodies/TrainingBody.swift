/// The training recipe of a sweep with every default filled in.
public struct TrainingBody: Codable, Sendable, Hashable {
    public enum Budget: String, Codable, Sendable, CaseIterable {
        /// Every size gets the same number of optimizer steps.
        case steps
        /// Every size gets the same number of passes over its own images.
        case epochs
    }

    public enum Schedule: String, Codable, Sendable, CaseIterable { case constant, cosine }
    public enum Normalization: String, Codable, Sendable, CaseIterable { case batch, instance }

    /// Height and width in pixels to which every image is resized.
    public var imageSize: [Int]
    public var batchSize: Int
    public var epochs: Int
    /// Optimizer steps per epoch; null when an epoch is one pass over a run's own images (`budget` `epochs`).
    @OrNull public var stepsPerEpoch: Int?
    public var budget: Budget
    public var learningRate: Double
    public var schedule: Schedule
    public var normalization: Normalization
}
