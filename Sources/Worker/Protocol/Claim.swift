/// What a claim hands out, as the worker protocol has it.
struct Claim: Decodable, Sendable {
    struct Run: Decodable, Sendable {
        var id: String
        var attempt: Int
        var size: Int
        var depth: Int
        var seed: Int
        var epochsTotal: Int
        var epochsDone: Int
        var stepsPerEpoch: Int
    }

    struct Training: Decodable, Sendable {
        /// Height and width; nil for volumes.
        var imageSize: [Int]?
        /// Depth, height and width; nil for images.
        var patchSize: [Int]?
        /// Edges z, y, x in mm of the voxels to resample to; nil as they are stored.
        var spacing: [Double]?
        /// Share of the patches that are centred on a foreground voxel.
        var foregroundOversampling: Double?
        var batchSize: Int
        var learningRate: Double
        var schedule: String
        var normalization: String
        /// `sigmoid` or `softmax`.
        var output: String
        var augmentation: AugmentationRecipe
        /// `fp32` or `bf16`; nil from servers that know no other than fp32.
        var precision: String?
    }

    struct Dataset: Decodable, Sendable {
        var id: String
        var path: String
        var dataHash: String
        /// 2 or 3.
        var dimensions: Int
        var channels: Int
    }

    struct Cases: Decodable, Sendable {
        var train: [String]
        var validation: [String]
        var test: [String]
    }

    struct Checkpoint: Decodable, Sendable {
        var epoch: Int
        var step: Int
        var sha256: String
    }

    var run: Run
    var training: Training
    var dataset: Dataset
    var cases: Cases
    var leaseSeconds: Double
    var checkpoint: Checkpoint?
}

extension Claim {
    /// D, H, W of what the network sees; D is 1 for images.
    var sampleSize: [Int] {
        dataset.dimensions == 2 ? [1] + (training.imageSize ?? []) : training.patchSize ?? []
    }

    /// - Throws: `WorkerError.hopeless` for what nothing can be trained with.
    func validate() throws {
        let counts = sampleSize + [run.epochsTotal, run.stepsPerEpoch, training.batchSize]
        let isComplete =
            sampleSize.count == 3 && counts.allSatisfy { $0 > 0 } && run.seed >= 0 && (2...16).contains(run.depth)
            && leaseSeconds > 0 && (2...3).contains(dataset.dimensions) && training.augmentation.isSound
            && (0...1).contains(training.foregroundOversampling ?? 0)
        guard isComplete else { throw WorkerError.hopeless("the claim's numbers are out of bounds") }
        guard [cases.train, cases.validation, cases.test].allSatisfy({ !$0.isEmpty }) else {
            throw WorkerError.hopeless("the claim lacks cases to train, validate or test with")
        }
    }
}
