import NeuralNets

/// What one optimizer step is trained on.
struct Batch: Sendable, Equatable {
    /// [N, C, D, H, W]; without D for images.
    var images: [Float] = []
    /// [N, K, D, H, W] in {0, 1}.
    var targets: [Float] = []
}

/// Makes the batch of any step. It depends on the seed and the step's number alone, so that it is the same whoever makes
/// it, whenever, and whatever was made before.
struct BatchMaker: Sendable {
    /// Kinds of random numbers of one run, in the lowest byte of their streams; weights have 0, the order of cases 1.
    private enum Kind {
        static let variation: UInt64 = 2
        static let place: UInt64 = 3
    }

    private let source: any SampleSource
    private let targets: ClassTargets
    private let recipe: AugmentationRecipe
    private let cases: [String]
    /// D, H, W.
    private let size: [Int]
    private let seed: UInt64
    private let batchSize: Int
    private var schedule: BatchSchedule

    /// - Parameters:
    ///   - cases: the run's training cases, at least one.
    ///   - size: D, H, W of what the network sees; D is 1 for images.
    init(
        source: any SampleSource, targets: ClassTargets, recipe: AugmentationRecipe, cases: [String], size: [Int],
        batchSize: Int, seed: UInt64
    ) {
        self.source = source
        self.targets = targets
        self.recipe = recipe
        self.cases = cases
        self.size = size
        self.seed = seed
        self.batchSize = batchSize
        schedule = BatchSchedule(cases: cases.count, batchSize: batchSize, seed: seed)
    }

    /// - Parameters:
    ///   - batch: takes the result; its storage is used again where it has the right size.
    ///   - check: called between samples; throws to end early.
    /// - Throws: `DatasetError`, and what `check` throws.
    mutating func make(step: Int, into batch: inout Batch, check: () throws -> Void) throws {
        let voxels = size.reduce(1, *)
        let imageSize = source.channels * voxels
        let targetSize = targets.planes * voxels
        Self.resize(&batch.images, to: batchSize * imageSize)
        Self.resize(&batch.targets, to: batchSize * targetSize)
        for (index, item) in schedule.batch(step: step).enumerated() {
            try check()
            let position = UInt64(step * batchSize + index) << 8
            let variation = Variation(
                recipe, size: size, generator: CounterGenerator(seed: seed, stream: Kind.variation | position))
            var places = CounterGenerator(seed: seed, stream: Kind.place | position)
            let sample = try source.sample(
                of: cases[item], size: size, scale: variation.scale, generator: &places)
            let labels = batch.images.withUnsafeMutableBufferPointer { images in
                [UInt8](unsafeUninitializedCapacity: voxels) { labels, count in
                    guard let images = images.baseAddress, let labels = labels.baseAddress else { return }
                    // Within bounds: a batch has batchSize images.
                    variation.apply(to: sample, size: size, image: images + index * imageSize, labels: labels)
                    count = voxels
                }
            }
            batch.targets.replaceSubrange(
                index * targetSize..<(index + 1) * targetSize, with: targets.planes(of: labels))
        }
    }

    private static func resize(_ values: inout [Float], to count: Int) {
        if values.count != count { values = [Float](repeating: 0, count: count) }
    }
}
