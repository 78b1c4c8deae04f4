import Foundation

/// A small deterministic generator: SplitMix64 (Steele, Lea, Flood 2014).
public struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64
    private var spareNormal: Double?

    public init(seed: UInt64) {
        state = seed
    }

    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// Uniform in (0, 1).
    mutating func uniform() -> Double { (Double(next() >> 12) + 0.5) / 4_503_599_627_370_496 }

    /// Standard normal, by Box and Muller.
    mutating func normal() -> Double {
        if let spare = spareNormal {
            spareNormal = nil
            return spare
        }
        let radius = (-2 * log(uniform())).squareRoot()
        let angle = 2 * Double.pi * uniform()
        spareNormal = radius * sin(angle)
        return radius * cos(angle)
    }

    /// Chi-squared with a whole number of degrees of freedom ≥ 1, by summing squares (Wilson and Hilferty's
    /// approximation beyond 30).
    mutating func chiSquared(_ degrees: Int) -> Double {
        guard degrees > 30 else {
            return (0..<degrees).reduce(0) { sum, _ in
                let z = normal()
                return sum + z * z
            }
        }
        let k = Double(degrees)
        let root = 1 - 2 / (9 * k) + normal() * (2 / (9 * k)).squareRoot()
        return k * max(1e-3, root * root * root)
    }
}
