import Foundation

/// By how much a surrogate's intervals are to be stretched around their median to hold what they say they do, by how much
/// of a run is seen: 1 leaves them as they are.
///
/// The score of a forecast is its error in units of the half of its 90 % interval that lies on the outcome's side; the
/// factor is the 90 % quantile of the scores (split conformal prediction with scaled scores: Lei, G'Sell, Rinaldo,
/// Tibshirani and Wasserman, *Distribution-Free Predictive Inference for Regression*, 2018, §5.2). Before any is known, a
/// normal error with the interval as stated counts as ``priorCurves`` curves: few curves move it little.
struct Calibration: Sendable, Hashable {
    /// Of a run's epochs, where scores are taken; between them factors are linear in the logarithm of the share.
    static let shares = [0.05, 0.1, 0.2, 0.4, 0.6, 0.8]
    static let none = Calibration(factors: shares.map { _ in 1 })
    /// Whatever the scores, so that no few curves take an interval away or blow it up.
    static let bounds: ClosedRange<Float> = 0.25...4

    /// At ``shares``.
    let factors: [Float]

    private static let priorCurves = Double(Surrogate.minimumCurves)
    /// A half interval counts as no narrower.
    private static let leastHalf = 0.0005
    /// Deciles' middles of the size of a standard normal error, in units of its 95 % quantile.
    private static let priorScores = [0.063, 0.189, 0.319, 0.454, 0.598, 0.755, 0.935, 1.150, 1.440, 1.960].map {
        $0 / 1.645
    }

    /// - precondition: a factor for each share.
    init(factors: [Float]) {
        precondition(factors.count == Self.shares.count)
        self.factors = factors.map { min(Self.bounds.upperBound, max(Self.bounds.lowerBound, $0)) }
    }

    /// - parameter scores: of forecasts at each of ``shares``.
    init(scores: [[Double]]) {
        self.init(factors: scores.map { Float(Self.factor($0)) })
    }

    static func score(_ forecast: ForecastQuantiles, outcome: Double) -> Double {
        let error = outcome - forecast.median
        let half = error < 0 ? forecast.median - forecast.values[0] : forecast.values[4] - forecast.median
        return abs(error) / max(half, leastHalf)
    }

    /// With `share` of the run seen, 0…1.
    func stretched(_ forecast: ForecastQuantiles, share: Double) -> ForecastQuantiles {
        forecast.stretched(by: factor(share: share))
    }

    private func factor(share: Double) -> Double {
        guard let above = Self.shares.firstIndex(where: { $0 >= share }) else {
            return Double(factors[factors.count - 1])
        }
        guard above > 0 else { return Double(factors[0]) }
        let (low, high) = (Self.shares[above - 1], Self.shares[above])
        let (left, right) = (Double(factors[above - 1]), Double(factors[above]))
        return left + log(share / low) / log(high / low) * (right - left)
    }

    /// The weighted 90 % quantile of the scores and those of the prior, between the middles of their weights.
    private static func factor(_ scores: [Double]) -> Double {
        let prior = priorScores.map { (score: $0, weight: priorCurves / Double(priorScores.count)) }
        let all = (scores.map { (score: $0, weight: 1.0) } + prior).sorted { $0.score < $1.score }
        // Of the scores and the one to come.
        let wanted = 0.9 * (all.reduce(0) { $0 + $1.weight } + 1)
        var before = 0.0
        var last: (score: Double, middle: Double)?
        for (score, weight) in all {
            let middle = before + weight / 2
            if middle >= wanted {
                guard let last else { return score }
                return last.score + (score - last.score) * (wanted - last.middle) / (middle - last.middle)
            }
            last = (score, middle)
            before += weight
        }
        return all[all.count - 1].score
    }
}
