import CKernels

/// A network in training: the weights, Adam's state and the number of steps done. One thread owns it.
public final class UNetTrainer {
    public let configuration: UNetConfiguration
    public let recipe: TrainingRecipe
    public let precision: Precision
    /// [H, W] or [D, H, W] of the images, as they come and go; the network pads them to `configuration.paddedSize`.
    public let size: [Int]
    public internal(set) var stepsDone = 0
    let network: UNet
    private let extent: Grid

    /// - Parameters:
    ///   - batchSize: the most images of one step or prediction.
    ///   - size: [H, W] or [D, H, W].
    ///   - seed: of the initial weights.
    ///   - threads: changes the speed and not one bit of the results.
    ///   - instructions: the default is the widest that the machine has.
    ///   - precision: the default is fp32.
    /// - Throws: `NeuralNetsError.shape`.
    public init(
        configuration: UNetConfiguration, recipe: TrainingRecipe, batchSize: Int, size: [Int], seed: UInt64,
        threads: Int, instructions: Instructions = .best, precision: Precision = .fp32
    ) throws {
        guard size.count == configuration.dimensions, size.allSatisfy({ $0 > 0 }) else {
            throw NeuralNetsError.shape(
                "a network of \(configuration.dimensions) dimensions can't take images of size \(size)")
        }
        self.configuration = configuration
        self.recipe = recipe
        self.precision = precision
        self.size = size
        extent = Grid(size)
        network = try UNet(
            configuration: configuration, batch: batchSize, size: configuration.paddedSize(size), threads: threads,
            instructions: instructions, precision: precision)
        network.initialize(seed: seed)
    }

    /// The rate of the next step.
    public var learningRate: Float { recipe.rate(at: stepsDone) }

    /// One step of Adam on the batch's loss (`SegmentationLoss`).
    ///
    /// - Parameters:
    ///   - images: [N, C, (D,) H, W], N from 1 to the batch size.
    ///   - targets: [N, K, (D,) H, W] in {0, 1}; one-hot for a softmax, with the background first.
    /// - Returns: the loss before the update.
    /// - Throws: `NeuralNetsError.shape`.
    public func step(images: [Float], targets: [Float]) throws -> Float {
        let loss = try computeGradients(images: images, targets: targets)
        let rate = learningRate
        stepsDone += 1
        var step = ck_adam(
            lr: rate, beta1: recipe.beta1, beta2: recipe.beta2, eps: recipe.epsilon, t: stepsDone)
        let arena = network.arena
        // Whole slices, so that each number is computed by the same instructions whatever the threads.
        let slices = (arena.count + Self.slice - 1) / Self.slice
        network.team.each(slices) { index in
            let start = index * Self.slice
            ck_adam_update(
                arena.values.at(start), arena.firstMoments.at(start), arena.secondMoments.at(start),
                arena.gradients.at(start), min(Self.slice, arena.count - start), &step, network.instructions)
        }
        network.weightsChanged()
        return loss
    }

    /// Forward, loss and backward without the update.
    func computeGradients(images: [Float], targets: [Float]) throws -> Float {
        let count = try load(images)
        let perSample = configuration.outChannels * extent.positions
        guard targets.count == count * perSample else {
            throw NeuralNetsError.shape(
                "targets must be [\(count), \(configuration.outChannels)] of size \(size); got \(targets.count) values")
        }
        network.forward(count: count, training: true)
        let logits = network.logits
        var losses = [Double](repeating: 0, count: count)
        var grid = logits.grid.ck
        let valid = ck_extent(d: Int32(extent.depth), h: Int32(extent.height), w: Int32(extent.width))
        losses.withUnsafeMutableBufferPointer { losses in
            targets.withUnsafeBufferPointer { targets in
                withUnsafePointer(to: &grid) { grid in
                    network.team.each(count) { sample in
                        // Within bounds: `count` samples of `perSample` targets, checked above.
                        losses[sample] = SegmentationLoss.ofSample(
                            gradient: logits.at(sample), logits: logits.at(sample),
                            targets: targets.baseAddress! + sample * perSample, grid: grid, valid: valid,
                            channels: configuration.outChannels, output: configuration.output, samples: count,
                            isa: network.instructions)
                    }
                }
            }
        }
        network.backward(count: count)
        return Float(losses.reduce(0, +) / Double(count))
    }

    /// Logits [N, K, (D,) H, W] in evaluation mode: batch norm uses its running statistics.
    ///
    /// - Parameter images: [N, C, (D,) H, W], N from 1 to the batch size.
    /// - Throws: `NeuralNetsError.shape`.
    public func predict(images: [Float]) throws -> [Float] { try logits(images: images, training: false) }

    func logits(images: [Float], training: Bool) throws -> [Float] {
        let count = try load(images)
        network.forward(count: count, training: training)
        let perSample = configuration.outChannels * extent.positions
        return [Float](unsafeUninitializedCapacity: count * perSample) { buffer, initialized in
            for sample in 0..<count {
                // Within bounds: the buffer has room for `count` samples, and is not empty.
                network.logits.copy(sample, to: buffer.baseAddress! + sample * perSample, extent: extent)
            }
            initialized = count * perSample
        }
    }

    /// - Returns: the number of images.
    private func load(_ images: [Float]) throws -> Int {
        let perSample = configuration.inChannels * extent.positions
        let (count, rest) = images.count.quotientAndRemainder(dividingBy: perSample)
        guard rest == 0, (1...network.batch).contains(count) else {
            throw NeuralNetsError.shape(
                "images must be [1…\(network.batch), \(configuration.inChannels)] of size \(size); "
                    + "got \(images.count) values")
        }
        images.withUnsafeBufferPointer { images in
            // Within bounds: `count` samples of `perSample` values, checked above.
            network.team.each(count) { sample in
                network.image.copy(sample, from: images.baseAddress! + sample * perSample, extent: extent)
            }
        }
        return count
    }

    /// Numbers that one piece of Adam's step updates.
    private static let slice = 1 << 15
}
