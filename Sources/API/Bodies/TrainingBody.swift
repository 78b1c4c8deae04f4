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

    public enum Output: String, Codable, Sendable, CaseIterable {
        /// One output for each foreground class, on its own; classes may overlap.
        case sigmoid
        /// One output for the background and for each foreground class, of which one is right.
        case softmax
    }

    public enum Precision: String, Codable, Sendable, CaseIterable {
        case fp32
        /// Factors of the convolutions rounded to bf16; only some processors can.
        case bf16
    }

    /// Height and width in pixels to which every image is resized; null in 3D.
    @OrNull public var imageSize: [Int]?
    /// Depth, height and width in voxels of what one sample shows of a volume; null in 2D.
    @OrNull public var patchSize: [Int]?
    /// Edges z, y, x in mm of the voxels that volumes are resampled to; null for voxels as they are stored, and in 2D.
    @OrNull public var spacing: [Double]?
    /// Share of the patches that are centred on a foreground voxel; null in 2D.
    @OrNull public var foregroundOversampling: Double?
    public var batchSize: Int
    public var epochs: Int
    /// Optimizer steps per epoch; null when an epoch is one pass over a run's own images (`budget` `epochs`).
    @OrNull public var stepsPerEpoch: Int?
    public var budget: Budget
    public var learningRate: Double
    public var schedule: Schedule
    public var normalization: Normalization
    public var output: Output
    public var augmentation: AugmentationBody
    public var precision = Precision.fp32
}

extension TrainingBody {
    /// Recipes stored before there were outputs, augmentation and precision have none of them: one mask, nothing varied,
    /// fp32.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        _imageSize = try fields.decode(OrNull<[Int]>.self, forKey: .imageSize)
        _patchSize = try fields.decode(OrNull<[Int]>.self, forKey: .patchSize)
        _spacing = try fields.decode(OrNull<[Double]>.self, forKey: .spacing)
        _foregroundOversampling = try fields.decode(OrNull<Double>.self, forKey: .foregroundOversampling)
        batchSize = try fields.decode(Int.self, forKey: .batchSize)
        epochs = try fields.decode(Int.self, forKey: .epochs)
        _stepsPerEpoch = try fields.decode(OrNull<Int>.self, forKey: .stepsPerEpoch)
        budget = try fields.decode(Budget.self, forKey: .budget)
        learningRate = try fields.decode(Double.self, forKey: .learningRate)
        schedule = try fields.decode(Schedule.self, forKey: .schedule)
        normalization = try fields.decode(Normalization.self, forKey: .normalization)
        output = try fields.decodeIfPresent(Output.self, forKey: .output) ?? .sigmoid
        augmentation = try fields.decodeIfPresent(AugmentationBody.self, forKey: .augmentation) ?? .none
        precision = try fields.decodeIfPresent(Precision.self, forKey: .precision) ?? .fp32
    }
}
