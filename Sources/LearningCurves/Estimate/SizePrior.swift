import Foundation

/// What is believed of DSC over training-set size before any is measured. Its numbers are round, and were chosen on half
/// of the data sets of LCDB 1.1 (docs/estimates.md); none is fitted.
struct SizePrior {
    /// One curve shape and its prior probability.
    struct Atom {
        let family: SaturationFamily
        let shape: SaturationFamily.Shape
        let weight: Double
    }

    /// Of the asymptote a: normal, cut off at 1.
    var asymptote = (mean: 0.65, deviation: 0.5)
    /// Of the gap b at the smallest size: half a normal with this deviation.
    var gapDeviation = 0.4
    /// Of the families, before they are scaled to sum to 1.
    var familyWeights: [SaturationFamily: Double] = [.constant: 0.5, .power: 1, .exponential: 0.5, .mmf: 1]
    /// Of the power law's exponent: log-normal. Published ones lie between 0.07 and 2 (Hestness et al. 2017; Viering and
    /// Loog 2023).
    var exponent = (median: 0.5, deviation: 0.8)
    /// Of the errors as they were stated: those of runs that share test cases come out smaller between sizes, others
    /// larger. Equally likely.
    var noiseScales = [0.3, 0.6, 1.2]
    /// How a curve strays from its family: as a random walk in log₂ n, whose deviation over the first doubling is one of
    /// these, and falls with n^(−1/4). Curves thus need not be monotone.
    var straying: [(deviation: Double, weight: Double)] = [
        (0.001, 0.3), (0.004, 0.3), (0.016, 0.2), (0.06, 0.15), (0.25, 0.05),
    ]
    /// The exponent by which the walk's variance falls with n.
    var calming = 0.5
    /// Beyond the largest size the walk goes on with this multiple of its deviation there, and no longer calms down: no
    /// family has been tested there.
    var strayingBeyond = 2.0

    /// The shapes to average over: exponents evenly spaced in log; scales evenly in log n, from somewhat below the smallest
    /// size to a multiple of the largest.
    func atoms(smallest: Double, largest: Double) -> [Atom] {
        typealias Weighted = (shape: SaturationFamily.Shape, weight: Double)
        func spaced(_ low: Double, _ high: Double, _ count: Int) -> [Double] {
            (0..<count).map { low * pow(high / low, Double($0) / Double(count - 1)) }
        }
        func shapes(_ family: SaturationFamily) -> [Weighted] {
            switch family {
            case .constant: return [(.init(), 1)]
            case .power:
                return spaced(0.03, 3, 48).map { c in
                    let z = log(c / exponent.median) / exponent.deviation
                    return (.init(c: c), exp(-z * z / 2))
                }
            case .exponential: return spaced(0.7 * smallest, 6 * largest, 32).map { (.init(c: $0), 1) }
            case .mmf:
                let steepness: [(Double, Double)] = [(0.5, 0.25), (0.8, 0.25), (1.2, 0.2), (1.8, 0.2), (2.6, 0.1)]
                return spaced(0.5 * smallest, 10 * largest, 20).flatMap { c in
                    steepness.map { (.init(c: c, d: $0), $1) }
                }
            }
        }
        let total = familyWeights.values.reduce(0, +)
        return SaturationFamily.allCases.flatMap { family -> [Atom] in
            let shapes = shapes(family)
            let sum = shapes.reduce(0) { $0 + $1.weight }
            return shapes.map {
                Atom(family: family, shape: $0.shape, weight: (familyWeights[family] ?? 0) / total * $0.weight / sum)
            }
        }
    }
}
