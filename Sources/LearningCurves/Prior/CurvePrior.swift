import Foundation

/// Draws whole learning curves like those that real trainings make: what the surrogate is trained on before it has seen
/// any run.
///
/// A curve is the mean over one to three classes that rise each in their own way, short of what the learning rate still
/// costs; now and then it breaks, drifts or declines from overfitting, and noise that shrinks with the learning rate is
/// added. The ranges are broad and were set by what is known of trainings, not fitted to curves.
struct CurvePrior {
    private var generator: SeededGenerator

    init(seed: UInt64) {
        generator = SeededGenerator(seed: seed)
    }

    /// A whole curve in at most ``SurrogateFeatures/maximumBlocks`` blocks.
    mutating func next() -> FinishedCurve {
        let epochs = epochs()
        let blocks = min(epochs, SurrogateFeatures.maximumBlocks)
        let shape = PriorShape(blocks: blocks, epochs: epochs, using: &generator)
        let dsc = PriorNoise(shape, using: &generator).observed(shape, using: &generator)
        let losses = PriorLosses(dsc, rate: shape.learningRate, using: &generator)
        let points = dsc.indices.map { block in
            CurvePoint(
                epoch: ((block + 1) * epochs + blocks - 1) / blocks, valDSC: dsc[block],
                trainLoss: losses.train?[block], valLoss: losses.validation?[block])
        }
        return FinishedCurve(context: context(epochs), points: points)
    }

    /// 3 to 2,000, short and long runs alike often, and the round numbers that people like.
    private mutating func epochs() -> Int {
        switch generator.uniform() {
        case ..<0.4: Int(generator.logUniform(3, 100).rounded())
        case ..<0.8: Int(generator.logUniform(100, 2000).rounded())
        case ..<0.9: 1000
        default: 100
        }
    }

    /// Known for half of the curves, and of no consequence: what a configuration means is learnt from finished runs.
    private mutating func context(_ epochs: Int) -> RunContext {
        var context = RunContext(totalEpochs: epochs)
        guard generator.uniform() < 0.5 else { return context }
        context.size = Int(generator.logUniform(5, 20_000))
        context.fraction = generator.uniform()
        context.layers = Int.random(in: 2...8, using: &generator)
        context.dimensions = Int.random(in: 2...3, using: &generator)
        context.parameterCount = Int(generator.logUniform(1e4, 1e8))
        return context
    }
}

extension SeededGenerator {
    /// Uniform in the logarithm.
    mutating func logUniform(_ low: Double, _ high: Double) -> Double { low * pow(high / low, uniform()) }

    mutating func uniform(_ low: Double, _ high: Double) -> Double { low + (high - low) * uniform() }

    mutating func isTrue(_ probability: Double) -> Bool { uniform() < probability }
}
