import Foundation

/// A family of curves of DSC over training progress, or over training images: a − b·decay, with a in 0…1, b in 0…4 and
/// the decay's shape.
enum EpochFamily: CaseIterable {
    /// t^(−c); 0.01 ≤ c ≤ 5.
    case power
    /// exp(−c·t/s), s the time seen; 0.01 ≤ c ≤ 60.
    case exponential
    /// 1 / (1 + (k·t)^d), by Morgan, Mercer and Flodin; 0.001 ≤ k ≤ 10, 0.1 ≤ d ≤ 5.
    case mmf
    /// exp(−(k·t)^d), by Weibull; 0.0001 ≤ k ≤ 10, 0.05 ≤ d ≤ 5.
    case weibull

    var fitter: LevenbergMarquardt {
        switch self {
        case .power: LevenbergMarquardt(lower: [0, 0, 0.01], upper: [1, 4, 5])
        case .exponential: LevenbergMarquardt(lower: [0, 0, 0.01], upper: [1, 4, 60])
        case .mmf: LevenbergMarquardt(lower: [0, 0, 0.001, 0.1], upper: [1, 4, 10, 5])
        case .weibull: LevenbergMarquardt(lower: [0, 0, 0.0001, 0.05], upper: [1, 4, 10, 5])
        }
    }

    /// Shapes to start from.
    var startingShapes: [[Double]] {
        switch self {
        case .power: [[0.2], [0.7], [2]]
        case .exponential: [[1], [4], [16]]
        case .mmf: [0.03, 0.3, 2].flatMap { k in [0.5, 1, 2].map { [k, $0] } }
        case .weibull: [0.01, 0.1, 1].flatMap { k in [0.3, 0.7, 1.5].map { [k, $0] } }
        }
    }

    /// - parameters:
    ///   - time: positive, about 1 at the first point.
    ///   - scale: time seen.
    ///   - p: a, b, then the shape.
    func value(time: Double, scale: Double, parameters p: [Double]) -> Double {
        p[0] - p[1] * decay(time: time, scale: scale, shape: p[2...])
    }

    func value(time: Double, scale: Double, parameters p: [Double], derivatives: inout [Double]) -> Double {
        let decay = decay(time: time, scale: scale, shape: p[2...])
        derivatives[0] = 1
        derivatives[1] = -decay
        switch self {
        case .power: derivatives[2] = p[1] * decay * log(time)
        case .exponential: derivatives[2] = p[1] * decay * time / scale
        case .mmf:
            let slope = p[1] * decay * (1 - decay)
            derivatives[2] = slope * p[3] / p[2]
            derivatives[3] = slope * log(p[2] * time)
        case .weibull:
            let slope = p[1] * decay * pow(p[2] * time, p[3])
            derivatives[2] = slope * p[3] / p[2]
            derivatives[3] = slope * log(p[2] * time)
        }
        return p[0] - p[1] * decay
    }

    func decay(time: Double, scale: Double, shape: ArraySlice<Double>) -> Double {
        let first = shape[shape.startIndex]
        return switch self {
        case .power: pow(time, -first)
        case .exponential: exp(-first * time / scale)
        case .mmf: 1 / (1 + pow(first * time, shape[shape.startIndex + 1]))
        case .weibull: exp(-pow(first * time, shape[shape.startIndex + 1]))
        }
    }
}
