import Foundation

/// What the evidence makes of ``SizePrior``: for each setting of the noise and each shape, how probable it is and where
/// asymptote and gap lie.
///
/// Given both, DSC is linear in asymptote and gap, which are normal before the evidence and so after it, in closed form;
/// the evidence's probability given a setting and a shape follows with them. The bounds a ≤ 1 and b ≥ 0 are kept by
/// rejecting draws beyond them.
struct SizePosterior {
    /// Normal in (asymptote, gap).
    struct Solution {
        let asymptote: Double
        let gap: Double
        /// Of the gap; of the asymptote once the gap is known; and how the latter follows the former.
        let gapDeviation: Double
        let asymptoteDeviation: Double
        let slope: Double
    }

    /// One noise scale and speed of straying.
    struct Setting {
        let walk: RandomWalk
        let noiseScale: Double
        /// Of the straying over the first doubling.
        let straying: Double
        /// Of the observations at each size, less what forecasts are expected to be off by.
        let means: [Double]
        /// What else they are off by; nil without forecasts.
        let forecastError: CommonError?
        let system: WhitenedSystem
        let solutions: [Solution]
    }

    let prior: SizePrior
    let atoms: [SizePrior.Atom]
    let settings: [Setting]
    /// Of each setting and atom, setting by setting; they sum to 1.
    let probabilities: [Double]
    let sizes: [Double]

    init(_ prior: SizePrior, _ evidence: DepthEvidence) {
        let blocks = evidence.blocks(atMost: Self.maximumBlocks)
        let (sizes, weights) = (blocks.map(\.size), blocks.map(\.weight))
        let atoms = prior.atoms(smallest: sizes[0], largest: sizes[sizes.count - 1])
        let decays = atoms.map { atom in
            sizes.map { atom.family.decay($0, smallest: sizes[0], atom.shape) }
        }
        let calm = sizes.map { Self.walked($0 / sizes[0], calming: prior.calming) }
        var settings: [Setting] = []
        var logs: [Double] = []
        for scale in prior.noiseScales {
            let forecasts = evidence.forecastError.within(noiseScale: scale)
            let means = blocks.map { $0.mean - forecasts.mean * $0.common }
            let common = blocks.map { forecasts.deviation * $0.common }
            // Repeated runs at one size speak of the noise alone, and of what forecasts have in common.
            let repeats = Double(evidence.observationCount - evidence.sizes.count)
            let within =
                forecasts.density - repeats * log(scale) - evidence.squaresWithinSizes / (2 * scale * scale)
            for (straying, weight) in prior.straying {
                let walk = RandomWalk(
                    steps: zip(calm, calm.dropFirst()).map { straying * straying * ($1 - $0) },
                    errors: weights.map { scale * scale / $0 })
                let system = WhitenedSystem(walk.factor(common: common), means, prior)
                var solutions: [Solution] = []
                solutions.reserveCapacity(atoms.count)
                for (atom, decay) in zip(atoms, decays) {
                    let (solution, evidence) = system.solve(decay)
                    solutions.append(solution)
                    logs.append(
                        within + evidence + log(weight * atom.weight) + (atom.family == .constant ? 0 : log(2)))
                }
                settings.append(
                    Setting(
                        walk: walk, noiseScale: scale, straying: straying, means: means,
                        forecastError: common.contains { $0 > 0 }
                            ? CommonError(common, factor: walk.factor(common: common.map { _ in 0 })) : nil,
                        system: system, solutions: solutions))
            }
        }
        let highest = logs.max() ?? 0
        let unscaled = logs.map { exp($0 - highest) }
        let sum = unscaled.reduce(0, +)
        self.prior = prior
        self.atoms = atoms
        self.settings = settings
        self.sizes = sizes
        probabilities = unscaled.map { $0 / sum }
    }

    /// More sizes are averaged in so many stretches of log n.
    static let maximumBlocks = 24

    /// The variance a walk of unit speed gathers from 1 to `ratio`: the integral of r^(−calming) over log₂ r.
    static func walked(_ ratio: Double, calming: Double) -> Double {
        calming == 0 ? log2(ratio) : (1 - pow(ratio, -calming)) / (calming * log(2))
    }
}
