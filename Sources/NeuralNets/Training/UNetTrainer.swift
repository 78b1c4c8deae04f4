import CKernels

/// A network in training: the weights, Adam's state and the number of steps done. One thread owns it.
public final class UNetTrainer {
    public let configuration: UNetConfiguration
    public let recipe: TrainingRecipe
    public internal(set) var stepsDone = 0
    let network: UNet
    private let partition: Partition
    private let images: FloatBuffer
    private let targets: FloatBuffer
    private let gradient: FloatBuffer

    /// - Parameters:
    ///   - batchSize: the most images of one step or prediction.
    ///   - height: in pixels, as `width` a multiple of `configuration.sizeMultiple`.
    ///   - seed: of the initial weights.
    ///   - threads: changes the speed and not one bit of the results.
    /// - Throws: `NeuralNetsError.shape`.
    public init(
        configuration: UNetConfiguration, recipe: TrainingRecipe, batchSize: Int, height: Int, width: Int,
        seed: UInt64, threads: Int
    ) throws {
        self.configuration = configuration
        self.recipe = recipe
        partition = Partition(threads: threads)
        network = try UNet(
            configuration: configuration, batch: batchSize, height: height, width: width, threads: threads)
        network.initialize(seed: seed)
        images = FloatBuffer(count: batchSize * network.input.count)
        targets = FloatBuffer(count: batchSize * network.output.count)
        gradient = FloatBuffer(count: batchSize * network.output.count)
    }

    /// The rate of the next step.
    public var learningRate: Float { recipe.rate(at: stepsDone) }

    /// One step of Adam on the batch's loss (`SegmentationLoss`).
    ///
    /// - Parameters:
    ///   - images: [N, C, H, W], N from 1 to the batch size.
    ///   - targets: [N, K, H, W] in {0, 1}.
    /// - Returns: the loss before the update.
    /// - Throws: `NeuralNetsError.shape`.
    public func step(images: [Float], targets: [Float]) throws -> Float {
        let loss = try accumulateGradients(images: images, targets: targets)
        let rate = learningRate
        stepsDone += 1
        for parameter in network.parameters {
            ck_adam_step(
                parameter.value.base, parameter.firstMoment.base, parameter.secondMoment.base, parameter.gradient.base,
                parameter.value.count, rate, recipe.beta1, recipe.beta2, recipe.epsilon, stepsDone)
        }
        return loss
    }

    /// Forward, loss and backward without the update; the gradients are those of this batch alone.
    func accumulateGradients(images: [Float], targets: [Float]) throws -> Float {
        let count = try load(images)
        guard targets.count == count * network.output.count else {
            throw NeuralNetsError.shape(
                "targets must be [\(count), \(network.output.channels), H, W]; got \(targets.count) values")
        }
        self.targets.copy(from: targets)
        for parameter in network.parameters { parameter.gradient.zero() }
        let logits = network.forward(self.images, count: count, training: true)
        let loss = SegmentationLoss.withGradient(
            gradient, logits: logits, targets: self.targets, planes: count * network.output.channels,
            positions: network.output.positions, partition: partition)
        network.backward(gradient, count: count)
        return loss
    }

    /// Logits [N, K, H, W] in evaluation mode: batch norm uses its running statistics.
    ///
    /// - Parameter images: [N, C, H, W], N from 1 to the batch size.
    /// - Throws: `NeuralNetsError.shape`.
    public func predict(images: [Float]) throws -> [Float] {
        let count = try load(images)
        return network.forward(self.images, count: count, training: false).prefix(count * network.output.count)
    }

    /// - Returns: the number of images.
    private func load(_ images: [Float]) throws -> Int {
        let (count, rest) = images.count.quotientAndRemainder(dividingBy: network.input.count)
        guard rest == 0, (1...network.batch).contains(count) else {
            let plane = network.input
            throw NeuralNetsError.shape(
                "images must be [1…\(network.batch), \(plane.channels), \(plane.height), \(plane.width)]; "
                    + "got \(images.count) values")
        }
        self.images.copy(from: images)
        return count
    }
}
