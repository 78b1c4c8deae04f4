import Foundation

/// A family of curves of DSC over training progress, with parameters a, b, c. Bounds: 0 ≤ a ≤ 1, 0 ≤ b ≤ 4.
enum EpochFamily: CaseIterable {
    /// a − b·t^(−c), t the epoch; 0.01 ≤ c ≤ 5.
    case power
    /// a − b·exp(−c·t/s), s the epochs seen; 0.01 ≤ c ≤ 60.
    case exponential

    var fitter: LevenbergMarquardt {
        switch self {
        case .power: LevenbergMarquardt(lower: [0, 0, 0.01], upper: [1, 4, 5])
        case .exponential: LevenbergMarquardt(lower: [0, 0, 0.01], upper: [1, 4, 60])
        }
    }

    /// Rates to start from.
    var startingRates: [Double] {
        switch self {
        case .power: [0.2, 0.7, 2]
        case .exponential: [1, 4, 16]
        }
    }

    /// - parameters:
    ///   - epoch: from 1.
    ///   - scale: epochs seen.
    func value(epoch: Double, scale: Double, parameters p: [Double]) -> Double {
        p[0] - p[1] * decay(epoch: epoch, scale: scale, rate: p[2])
    }

    func value(epoch: Double, scale: Double, parameters p: [Double], derivatives: inout [Double]) -> Double {
        let decay = decay(epoch: epoch, scale: scale, rate: p[2])
        derivatives[0] = 1
        derivatives[1] = -decay
        derivatives[2] = p[1] * decay * (self == .power ? log(epoch) : epoch / scale)
        return p[0] - p[1] * decay
    }

    func decay(epoch: Double, scale: Double, rate: Double) -> Double {
        switch self {
        case .power: pow(epoch, -rate)
        case .exponential: exp(-rate * epoch / scale)
        }
    }
}
