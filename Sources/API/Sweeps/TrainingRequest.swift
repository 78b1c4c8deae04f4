/// The training recipe as it was asked for, each field within its own bounds; what depends on the data set is open yet.
struct TrainingRequest: Sendable {
    var imageSize: [Int]?
    var patchSize: [Int]?
    var spacing: [Double]?
    var foregroundOversampling: Double?
    var batchSize: Int?
    var epochs = 20
    var stepsPerEpoch: Int?
    var budget = TrainingBody.Budget.steps
    var learningRate = 0.001
    var schedule = TrainingBody.Schedule.cosine
    var normalization = TrainingBody.Normalization.batch
    var output: TrainingBody.Output?
    var augmentation: AugmentationBody?
    var precision = TrainingBody.Precision.fp32

    init(_ fields: FieldReader) {
        imageSize = fields.integers("image_size", exactly: 2, in: 8...1024)
        patchSize = fields.integers("patch_size", exactly: 3, in: 1...512)
        spacing = fields.numbers("spacing", exactly: 3, in: 0.05...50)
        foregroundOversampling = fields.number("foreground_oversampling", in: 0...1)
        batchSize = fields.integer("batch_size", in: 1...256)
        epochs = fields.integer("epochs", in: 1...2000) ?? epochs
        stepsPerEpoch = fields.integer("steps_per_epoch", in: 1...100_000)
        budget = fields.choice("budget", of: TrainingBody.Budget.self) ?? budget
        learningRate = fields.number("learning_rate", in: 1e-6...1) ?? learningRate
        schedule = fields.choice("schedule", of: TrainingBody.Schedule.self) ?? schedule
        normalization = fields.choice("normalization", of: TrainingBody.Normalization.self) ?? normalization
        output = fields.choice("output", of: TrainingBody.Output.self)
        precision = fields.choice("precision", of: TrainingBody.Precision.self) ?? precision
        augmentation = fields.choice(
            "augmentation", of: AugmentationBody.Preset.self, { $0.body }, orObject: { AugmentationBody($0) })
        if budget == .epochs, stepsPerEpoch != nil {
            fields.reject(
                "steps_per_epoch",
                "goes with \"budget\": \"steps\"; with \"epochs\" an epoch is one pass over a run's own images")
        }
        if imageSize != nil, patchSize != nil {
            fields.reject("patch_size", "is for volumes and image_size for images; give the one that fits the data set")
        }
    }
}
