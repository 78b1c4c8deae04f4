import NeuralNets

/// Full training steps of a network on random data: forward, loss, backward, Adam.
struct UNetWorkload {
    let batch: Int
    let arithmetic: UNetArithmetic
    private let trainer: UNetTrainer
    private let images: [Float]
    private let targets: [Float]

    /// RGB to one mask in 2D; four channels to three masks, as tumours in brain MRI have them, in 3D.
    static func channels(dimensions: Int) -> (input: Int, output: Int) { dimensions == 2 ? (3, 1) : (4, 3) }

    /// - Parameters:
    ///   - size: [H, W] or [D, H, W].
    ///   - instructions: nil for the widest that the machine has.
    /// - Throws: `NeuralNetsError.shape`.
    init(
        layers: Int, size: [Int], batch: Int, threads: Int, normalization: UNetConfiguration.Normalization,
        instructions: Instructions?, precision: Precision
    ) throws {
        let channels = Self.channels(dimensions: size.count)
        trainer = try UNetTrainer(
            configuration: UNetConfiguration(
                dimensions: size.count, inChannels: channels.input, outChannels: channels.output, layers: layers,
                normalization: normalization),
            recipe: TrainingRecipe(schedule: .constant, totalSteps: 1), batchSize: batch, size: size, seed: 0,
            threads: threads, instructions: instructions ?? .best, precision: precision)
        self.batch = batch
        arithmetic = UNetArithmetic(
            inChannels: channels.input, outChannels: channels.output, layers: layers, size: size)
        let positions = size.reduce(batch, *)
        // The same numbers in every run: what is compared is time.
        var generator = CounterGenerator(seed: 0, stream: 1)
        images = (0..<positions * channels.input).map { _ in Float(generator.normal()) }
        targets = (0..<positions * channels.output).map { _ in generator.uniform() < 0.3 ? 1 : 0 }
    }

    func step() throws { _ = try trainer.step(images: images, targets: targets) }
}
