import Foundation

/// A family of expected DSC over training-set size: a − b·φ(n; c), with b ≥ 0 and a ≤ 1, φ falling from 1 at the
/// smallest size to 0.
enum SaturationFamily: Int, CaseIterable {
    /// φ = (n/n₀)^(−c)
    case power
    /// φ = exp(−(n − n₀)/c)
    case exponential

    var name: String {
        switch self {
        case .power: "power_law"
        case .exponential: "exponential"
        }
    }

    /// Shapes c to try, evenly spaced in log c: exponents 0.02…4, or scales from a quarter of the smallest size to 10
    /// times the largest.
    func shapes(smallest: Double, largest: Double) -> [Double] {
        let range = self == .power ? (0.02, 4.0) : (smallest / 4, largest * 10)
        let count = 64
        return (0..<count).map { range.0 * pow(range.1 / range.0, Double($0) / Double(count - 1)) }
    }

    func decay(_ n: Double, smallest: Double, shape: Double) -> Double {
        switch self {
        case .power: pow(n / smallest, -shape)
        case .exponential: exp(-(n - smallest) / shape)
        }
    }

    /// The n at which φ has fallen to `decay`, infinite for 0.
    func size(atDecay decay: Double, smallest: Double, shape: Double) -> Double {
        guard decay > 0 else { return .infinity }
        switch self {
        case .power: return smallest * pow(decay, -1 / shape)
        case .exponential: return smallest - shape * log(decay)
        }
    }
}
