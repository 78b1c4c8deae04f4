import Foundation

/// How one class is learnt: a fast rise, often with a slow one under it, from a take-off on.
struct PriorComponent {
    private enum Shape: CaseIterable { case powerLaw, exponential, mmf, weibull }

    private let top: Double
    private let start: Double
    /// As a share of the run; beyond 1 the class is never learnt.
    private let takeOff: Double
    private let shape: Shape
    /// Time constants as shares of the run.
    private let fast: Double
    private let slow: Double
    private let slowShare: Double
    private let slowIsExponential: Bool
    private let power: Double
    private let stretch: Double
    private let slowPower: Double

    init(top: Double, epochs: Int, isFirst: Bool, using random: inout SeededGenerator) {
        self.top = top
        start = random.isTrue(0.6) ? 0 : random.uniform(0, 0.8)
        takeOff = random.isTrue(isFirst ? 0.05 : 0.12) ? random.logUniform(0.003, 2) : 0
        shape = Shape.allCases[Int.random(in: 0..<4, using: &random)]
        // A network needs some number of epochs to learn the most; or the run was cut to what it needs.
        let constant =
            random.isTrue(0.75) ? random.logUniform(0.3, 20) / Double(epochs) : random.logUniform(0.002, 0.1)
        fast = min(constant, 0.5)
        slow = random.logUniform(0.03, 2)
        slowShare = random.isTrue(0.75) ? random.logUniform(0.003, 0.25) : 0
        slowIsExponential = random.isTrue(0.5)
        power = random.logUniform(0.5, 3)
        stretch = random.logUniform(0.5, 2)
        slowPower = random.logUniform(0.3, 2)
    }

    /// - parameter time: 0…1 of the run.
    func level(at time: Double) -> Double {
        guard time >= takeOff else { return 0 }
        let since = time - takeOff
        let x = since / fast
        let quick =
            switch shape {
            case .powerLaw: pow(1 + x, -power)
            case .exponential: exp(-x)
            case .mmf: 1 / (1 + pow(x, 1.5 * stretch))
            case .weibull: exp(-pow(x, stretch))
            }
        let lasting = slowIsExponential ? exp(-since / slow) : pow(1 + 4 * since / slow, -slowPower)
        return top - top * (1 - start) * ((1 - slowShare) * quick + slowShare * lasting)
    }
}
