import Foundation

/// What hides a curve of the prior: validation on few cases, and a network that never stands still.
struct PriorNoise {
    private let size: Double
    /// Of the size, what stays at any learning rate.
    private let floor: Double
    private let ratePower: Double
    private let earlySize: Double
    private let earlyTime: Double
    private let degreesOfFreedom: Int
    private let memory: Double
    private let dipChance: Double
    private let dipSize: Double
    private let smoothing: Double

    init(_ shape: PriorShape, using random: inout SeededGenerator) {
        size = shape.noise
        floor = random.uniform(0.05, 0.5)
        ratePower = random.isTrue(0.7) ? random.uniform(0.3, 1.5) : 0
        earlySize = random.logUniform(0.1, 3)
        earlyTime = random.logUniform(0.01, 0.1)
        degreesOfFreedom = random.isTrue(0.3) ? 3 : 30
        memory = random.isTrue(0.5) ? random.uniform(0, 0.6) : 0
        dipChance = random.isTrue(0.4) ? random.uniform(0.03, 0.3) : 0
        dipSize = random.logUniform(1, 6)
        smoothing = random.isTrue(0.15) ? random.uniform(0.5, 0.9) : 0
    }

    /// The curve as a validation would show it, 0…1: noisy, with dips, and smoothed where the trainer reports a running
    /// mean.
    func observed(_ shape: PriorShape, using random: inout SeededGenerator) -> [Double] {
        let ceiling = 1 - 0.2 * min(max(shape.room, 0), 0.02)
        let correlated = random.wander(shape.level.count, memory: memory)
        var before: Double?
        return shape.level.indices.map { block in
            let time = (Double(block) + 0.5) / Double(shape.level.count)
            let rate = floor + (1 - floor) * pow(shape.learningRate[block], ratePower)
            let early = 1 + earlySize * exp(-time / earlyTime)
            let freedom = Double(degreesOfFreedom)
            var error = correlated[block]
            if memory == 0 { error /= (random.chiSquared(degreesOfFreedom) / freedom).squareRoot() }
            if random.isTrue(dipChance) { error += log(random.uniform()) * dipSize }
            let shown = size * rate * early * min(1, max(0.1, 3 * shape.progress[block]))
            var value = shape.level[block] + shown * error
            if let before { value = smoothing * before + (1 - smoothing) * value }
            before = value
            return min(ceiling, value < 0 ? min(1, -value) * 0.05 : value)
        }
    }
}
