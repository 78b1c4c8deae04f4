@testable import NeuralNets

/// Deterministic numbers for tests: a failure names the seed that gives them again.
struct Numbers {
    private var generator: CounterGenerator

    init(seed: UInt64) { generator = CounterGenerator(seed: seed, stream: 99) }

    /// Uniform in ±1.
    mutating func uniform(_ count: Int) -> [Float] { (0..<count).map { _ in 2 * Float(generator.uniform()) - 1 } }

    /// Uniform in ±1 and at least `gap` away from 0, where a rectifier has a corner.
    mutating func awayFromZero(_ count: Int, gap: Float = 0.05) -> [Float] {
        uniform(count).map { ($0 < 0 ? -1 : 1) * (gap + (1 - gap) * abs($0)) }
    }

    /// 0 or 1, a third of them 1.
    mutating func mask(_ count: Int) -> [Float] { (0..<count).map { _ in generator.uniform() < 1 / 3 ? 1 : 0 } }
}
