import Foundation

/// The course of a curve of the prior without its noise.
struct PriorShape {
    /// [blocks], DSC.
    private(set) var level: [Double]
    /// [blocks], as a share of the first.
    let learningRate: [Double]
    /// [blocks], 0 before the take-off to 1 at the highest level: what has not been learnt cannot be lost.
    let progress: [Double]
    /// What is left to 1 at the end, before breaks and declines; 0…1.
    let room: Double
    /// Standard deviation of single blocks at the highest learning rate, early in the run aside.
    let noise: Double

    /// - precondition: 1 ≤ blocks ≤ epochs.
    init(blocks: Int, epochs: Int, using random: inout SeededGenerator) {
        let middles = (0..<blocks).map { (Double($0) + 0.5) / Double(blocks) }
        learningRate = Self.schedule(middles, using: &random)
        let gap = random.isTrue(0.7) ? random.logUniform(0.01, 0.5) : random.uniform(0.05, 0.95)
        let classes = random.isTrue(0.6) ? 1 : Int.random(in: 2...3, using: &random)
        level = [Double](repeating: 0, count: blocks)
        var weights = 0.0
        for number in 0..<classes {
            let top = number == 0 ? 1 - gap : min(0.995, max(0.02, 1 - gap * random.logUniform(0.4, 2.5)))
            let component = PriorComponent(top: top, epochs: epochs, isFirst: number == 0, using: &random)
            let weight = random.uniform(0.3, 1)
            for (block, time) in middles.enumerated() { level[block] += weight * component.level(at: time) }
            weights += weight
        }
        for block in level.indices { level[block] /= weights }
        room = 1 - level[blocks - 1]
        noise = random.logUniform(0.003, 0.4) * min(max(room, 0.02), 0.4)
        let highest = max(level.max() ?? 0, 1e-6)
        progress = level.map { $0 / highest }

        subtractCostOfLearningRate(using: &random)
        if random.isTrue(0.03) { addBreak(middles, top: 1 - gap, using: &random) }
        if random.isTrue(0.4) { subtractDecline(middles, using: &random) }
        if random.isTrue(0.8) { addDrift(using: &random) }
    }

    /// Polynomial, half a cosine, constant, or two steps down.
    private static func schedule(_ times: [Double], using random: inout SeededGenerator) -> [Double] {
        switch Int.random(in: 0..<5, using: &random) {
        case 0, 1:
            let power = random.uniform(0.7, 1.2)
            return times.map { pow(1 - $0, power) }
        case 2: return times.map { (1 + cos(.pi * $0)) / 2 }
        case 3: return times.map { _ in 1 }
        default:
            let steps = [random.uniform(0.3, 0.9), random.uniform(0.3, 0.95)].sorted()
            return times.map { $0 > steps[1] ? 0.02 : $0 > steps[0] ? 0.15 : 1 }
        }
    }

    /// Large steps keep a network from settling: part of the rise comes only as the learning rate falls, and the more the
    /// less steady the network is.
    private mutating func subtractCostOfLearningRate(using random: inout SeededGenerator) {
        guard random.isTrue(0.7) else { return }
        let cost = min(noise * random.logUniform(1.5, 10), (1 - room) / 2)
        let power = random.uniform(0.5, 2)
        for block in level.indices {
            level[block] -= cost * pow(learningRate[block], power) * progress[block] * progress[block]
        }
    }

    /// A sudden rise or fall.
    private mutating func addBreak(_ times: [Double], top: Double, using random: inout SeededGenerator) {
        let (middle, width) = (random.uniform(0.02, 0.98), random.logUniform(0.003, 0.1))
        let size = random.logUniform(0.02, 0.5) * (random.isTrue(0.5) ? room : top / 2) * (random.isTrue(0.7) ? 1 : -1)
        for (block, time) in times.enumerated() {
            level[block] += size * progress[block] / (1 + exp(-max(-30, min(30, (time - middle) / width))))
        }
    }

    /// Overfitting.
    private mutating func subtractDecline(_ times: [Double], using random: inout SeededGenerator) {
        let start = random.logUniform(0.03, 0.8)
        let size = random.logUniform(0.003, 0.6) * min(room, 0.5)
        let isEven = random.isTrue(0.5)
        for (block, time) in times.enumerated() {
            let part = max(0, time - start) / (1 - start)
            level[block] -= size * progress[block] * (isEven ? part : log1p(5 * part) / log(6))
        }
    }

    /// A slow wander, the less the lower the learning rate.
    private mutating func addDrift(using random: inout SeededGenerator) {
        let memory = exp(-1 / (Double(level.count) * random.logUniform(0.05, 0.5)))
        let size = random.logUniform(0.003, 0.1) * min(max(room, 0.02), 0.4)
        for (block, step) in random.wander(level.count, memory: memory).enumerated() {
            level[block] += size * (0.3 + 0.7 * learningRate[block]) * progress[block] * step
        }
    }
}

extension SeededGenerator {
    /// Normal numbers of variance 1, each correlated with the one before it by `memory`.
    mutating func wander(_ count: Int, memory: Double) -> [Double] {
        let fresh = (1 - memory * memory).squareRoot()
        var current = normal()
        return (0..<count).map { index in
            if index > 0 { current = memory * current + fresh * normal() }
            return current
        }
    }
}
