import Foundation

/// Losses to go with a curve of the prior, each recorded for half of the curves, on scales as different as those of real
/// recipes.
struct PriorLosses {
    let train: [Double]?
    let validation: [Double]?

    /// - parameter rate: the learning rate as a share of the first.
    init(_ dsc: [Double], rate: [Double], using random: inout SeededGenerator) {
        let (offset, scale) = (random.isTrue(0.3) ? -1.0 : 0, random.logUniform(0.3, 3))
        let noise = random.logUniform(0.002, 0.05)
        let overfit = random.isTrue(0.5) ? random.logUniform(0.01, 0.5) : 0
        func losses(_ excess: (Int) -> Double) -> [Double] {
            dsc.indices.map { scale * (offset + 1 - dsc[$0] + excess($0) + noise * random.normal()) }
        }
        let count = Double(dsc.count)
        let validation = losses { overfit * Double($0) / count }
        let train = losses { -overfit * (1 - dsc[$0]) * (1 - rate[$0] / 2) * Double($0) / count }
        self.train = random.isTrue(0.5) ? train : nil
        self.validation = random.isTrue(0.5) ? validation : nil
    }
}
