import Foundation

@testable import LearningCurves

/// Curves and observations to test with.
enum TestCurves {
    static func context(epochs: Int, size: Int = 100, layers: Int = 4) -> RunContext {
        RunContext(
            totalEpochs: epochs, size: size, fraction: 0.5, layers: layers, dimensions: 2, parameterCount: 400_000)
    }

    static func points(_ values: [Double]) -> [CurvePoint] {
        values.enumerated().map { CurvePoint(epoch: $0.offset + 1, valDSC: $0.element) }
    }

    /// A rising curve a − b·t^(−c) with normal noise, within 0…1.
    static func rising(
        epochs: Int, a: Double, b: Double, c: Double, noise: Double, using generator: inout SeededGenerator
    ) -> [Double] {
        (1...epochs).map { min(1, max(0, a - b * pow(Double($0), -c) + noise * generator.normal())) }
    }

    /// Finished runs with a late rise that is rare elsewhere: a surrogate can learn to expect it.
    static func finished(count: Int, epochs: Int, seed: UInt64) -> [FinishedCurve] {
        var generator = SeededGenerator(seed: seed)
        return (0..<count).map { _ in
            let top = 0.5 + 0.4 * generator.uniform()
            let values = (1...epochs).map { epoch in
                let progress = Double(epoch) / Double(epochs)
                let level = top * (0.5 / (1 + exp(-20 * (progress - 0.05))) + 0.5 / (1 + exp(-10 * (progress - 0.6))))
                return min(1, max(0, level + 0.01 * generator.normal()))
            }
            return FinishedCurve(context: context(epochs: epochs), points: points(values))
        }
    }

    /// One observation per size and seed of a truth with normal noise.
    static func observations(
        _ sizes: [Int], seeds: Int = 1, noise: Double = 0, generatorSeed: UInt64 = 1, layers: Int? = nil,
        truth: (Double) -> Double
    ) -> [SizeObservation] {
        var generator = SeededGenerator(seed: generatorSeed)
        return (0..<seeds).flatMap { seed in
            sizes.map { n in
                let dsc = truth(Double(n)) + noise * generator.normal()
                return SizeObservation(n: n, dsc: min(1, max(0, dsc)), layers: layers, seed: seed)
            }
        }
    }

    static let sizes = [20, 32, 50, 79, 125, 198, 313, 490]

    static func powerLaw(_ n: Double) -> Double { 0.9 - 2 * pow(n, -0.5) }

    static func exponential(_ n: Double) -> Double { 0.85 - 0.4 * exp(-n / 60) }

    /// Real curves kept beside the project; tests that need them skip where they are absent.
    static let realCurves: URL? = {
        var root = URL(fileURLWithPath: #filePath)
        for _ in 0..<4 { root.deleteLastPathComponent() }
        let folder = root.appendingPathComponent("shared/data/curves")
        return FileManager.default.fileExists(atPath: folder.path) ? folder : nil
    }()
}
