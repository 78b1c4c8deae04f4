import Foundation

/// A family of expected DSC over training-set size: a − b·φ(n), with b ≥ 0 and a ≤ 1, φ falling from 1 at the smallest
/// size n₀ to 0.
enum SaturationFamily: Int, CaseIterable {
    /// φ = 0: more images change nothing.
    case constant
    /// φ = (n/n₀)^(−c)
    case power
    /// φ = exp(−(n − n₀)/c)
    case exponential
    /// φ = (1 + (n₀/c)^d) / (1 + (n/c)^d), by Morgan, Mercer and Flodin: late to rise where d is above 1.
    case mmf

    /// c, and d where the family has one.
    struct Shape {
        var c = 1.0
        var d = 1.0
    }

    var name: String {
        switch self {
        case .constant: "constant"
        case .power: "power_law"
        case .exponential: "exponential"
        case .mmf: "mmf"
        }
    }

    func decay(_ n: Double, smallest: Double, _ shape: Shape) -> Double {
        switch self {
        case .constant: 0
        case .power: pow(n / smallest, -shape.c)
        case .exponential: exp(-(n - smallest) / shape.c)
        case .mmf: (1 + pow(smallest / shape.c, shape.d)) / (1 + pow(n / shape.c, shape.d))
        }
    }

    /// The family's parameters in its plain form: a − b·n^(−c), a − b·exp(−n/c), a − b/(1 + (n/c)^d), or a alone.
    ///
    /// - parameter gap: b·φ(n₀), the gap to the asymptote at the smallest size.
    func parameters(asymptote: Double, gap: Double, smallest: Double, _ shape: Shape) -> [String: Double] {
        switch self {
        case .constant: ["a": asymptote]
        case .power: ["a": asymptote, "b": gap * pow(smallest, shape.c), "c": shape.c]
        case .exponential: ["a": asymptote, "b": gap * exp(smallest / shape.c), "c": shape.c]
        case .mmf:
            ["a": asymptote, "b": gap * (1 + pow(smallest / shape.c, shape.d)), "c": shape.c, "d": shape.d]
        }
    }
}
