/// The training recipe as it was asked for, with defaults where nothing was said.
struct TrainingRequest: Sendable {
    /// More pixels in one batch would need more memory than a lab machine has.
    static let batchPixelLimit = 1 << 22

    var imageSize = [64, 64]
    var batchSize = 8
    var epochs = 20
    var stepsPerEpoch: Int?
    var budget = TrainingBody.Budget.steps
    var learningRate = 0.001
    var schedule = TrainingBody.Schedule.cosine
    var normalization = TrainingBody.Normalization.batch

    init(_ fields: FieldReader) {
        imageSize = fields.pair("image_size", in: 8...1024) ?? imageSize
        batchSize = fields.integer("batch_size", in: 1...256) ?? batchSize
        epochs = fields.integer("epochs", in: 1...2000) ?? epochs
        stepsPerEpoch = fields.integer("steps_per_epoch", in: 1...100_000)
        budget = fields.choice("budget", of: TrainingBody.Budget.self) ?? budget
        learningRate = fields.number("learning_rate", in: 1e-6...1) ?? learningRate
        schedule = fields.choice("schedule", of: TrainingBody.Schedule.self) ?? schedule
        normalization = fields.choice("normalization", of: TrainingBody.Normalization.self) ?? normalization
        if budget == .epochs, stepsPerEpoch != nil {
            fields.reject(
                "steps_per_epoch",
                "goes with \"budget\": \"steps\"; with \"epochs\" an epoch is one pass over a run's own images")
        }
        if batchSize * imageSize[0] * imageSize[1] > Self.batchPixelLimit {
            fields.reject(
                "batch_size",
                "batch_size × height × width must be at most \(Self.batchPixelLimit) pixels; "
                    + "at this image_size at most \(Self.batchPixelLimit / (imageSize[0] * imageSize[1]))")
        }
    }
}
