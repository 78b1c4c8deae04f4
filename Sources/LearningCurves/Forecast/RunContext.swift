/// What is known about a run before it starts. Only its length must be known.
public struct RunContext: Sendable, Hashable {
    /// Epochs (evaluation intervals) of the complete run.
    public var totalEpochs: Int
    /// Training images.
    public var size: Int?
    /// `size` as a share of the train pool, 0…1.
    public var fraction: Double?
    /// Levels of the U-Net.
    public var layers: Int?
    /// 2 or 3.
    public var dimensions: Int?
    /// Trainable parameters of the network.
    public var parameterCount: Int?

    public init(
        totalEpochs: Int, size: Int? = nil, fraction: Double? = nil, layers: Int? = nil, dimensions: Int? = nil,
        parameterCount: Int? = nil
    ) {
        self.totalEpochs = totalEpochs
        self.size = size
        self.fraction = fraction
        self.layers = layers
        self.dimensions = dimensions
        self.parameterCount = parameterCount
    }

    /// - throws: ``LearningCurvesError/invalidContext(field:problem:)``.
    func validate() throws {
        let counts = [
            ("size", size, 1...1_000_000_000), ("layers", layers, 1...32), ("dimensions", dimensions, 1...4),
            ("parameterCount", parameterCount, 0...1_000_000_000_000), ("totalEpochs", totalEpochs, 1...1_000_000),
        ]
        for (field, value, range) in counts {
            guard let value, !range.contains(value) else { continue }
            throw LearningCurvesError.invalidContext(
                field: field, problem: "must be \(range.lowerBound)…\(range.upperBound); got \(value)")
        }
        if let fraction, !(0...1).contains(fraction) {
            throw LearningCurvesError.invalidContext(field: "fraction", problem: "must be 0…1; got \(fraction)")
        }
    }
}
