import Foundation

/// How far a surrogate's quantiles should lie from its median to hold what they say they do, by how much of a run is seen.
///
/// The score of a forecast is its error in units of the 90 % half interval that a normal distribution with its quartile on
/// the outcome's side would have. The quartiles and the 5 and 95 % quantiles come to lie at the 50 and 90 % quantiles of the
/// scores (split conformal prediction with scaled scores: Lei, G'Sell, Rinaldo, Tibshirani and Wasserman, *Distribution-Free
/// Predictive Inference for Regression*, 2018, §5.2). The quartiles are the unit since the outer quantiles speak of breaks
/// and declines, of which the surrogate's prior has more than the runs that calibrate it. Before any score is known, a
/// normal error with quartiles as stated counts as ``priorCurves`` curves: few curves move the factors little.
struct Calibration: Sendable, Hashable {
    /// Of a run's epochs, where scores are taken; between them factors are linear in the logarithm of the share.
    static let shares = [0.05, 0.1, 0.2, 0.4, 0.6, 0.8]
    /// Scores are taken after so many epochs at least: after one or two little is known, and intervals are of another kind.
    static let leastEpochs = 3
    /// Of all outcomes, within the quartiles and within the outer quantiles.
    static let levels = [0.5, 0.9]
    /// Whatever the scores, so that no few curves take an interval away or blow it up.
    static let bounds: ClosedRange<Float> = 0.1...4

    /// How many factors there are.
    static let count = levels.count * shares.count

    /// By which the unit is multiplied, at the first of ``levels`` for each of ``shares``, then at the second.
    let factors: [Float]

    private static let priorCurves = Double(Surrogate.minimumCurves)
    /// The 95 % quantile of a normal distribution by its third quartile.
    private static let outerByQuartile = 1.645 / 0.6745
    private static let leastUnit = 0.0005
    /// Deciles' middles of the size of a standard normal error, in units of its 95 % quantile.
    private static let priorScores = [0.063, 0.189, 0.319, 0.454, 0.598, 0.755, 0.935, 1.150, 1.440, 1.960].map {
        $0 / 1.645
    }

    /// - precondition: a factor for each level and share.
    init(factors: [Float]) {
        precondition(factors.count == Self.count)
        self.factors = factors.map { min(Self.bounds.upperBound, max(Self.bounds.lowerBound, $0)) }
    }

    /// - parameter scores: of forecasts at each of ``shares``.
    init(scores: [[Double]]) {
        self.init(factors: Self.levels.flatMap { level in scores.map { Float(Self.quantile(level, $0)) } })
    }

    static func score(_ forecast: ForecastQuantiles, outcome: Double) -> Double {
        let units = units(forecast)
        let error = outcome - forecast.median
        return abs(error) / (error < 0 ? units.below : units.above)
    }

    /// With `share` of the run seen, 0…1; the median stays.
    func calibrated(_ forecast: ForecastQuantiles, share: Double) -> ForecastQuantiles {
        let units = Self.units(forecast)
        let (inner, outer) = (factor(level: 0, share: share), factor(level: 1, share: share))
        return ForecastQuantiles(
            clamping: [-outer * units.below, -inner * units.below, 0, inner * units.above, outer * units.above].map {
                forecast.median + $0
            })
    }

    private static func units(_ forecast: ForecastQuantiles) -> (below: Double, above: Double) {
        func unit(_ half: Double) -> Double { max(leastUnit, outerByQuartile * half) }
        return (unit(forecast.median - forecast.values[1]), unit(forecast.values[3] - forecast.median))
    }

    private func factor(level: Int, share: Double) -> Double {
        let own = factors[(level * Self.shares.count)..<((level + 1) * Self.shares.count)].map(Double.init)
        guard let above = Self.shares.firstIndex(where: { $0 >= share }) else { return own[own.count - 1] }
        guard above > 0 else { return own[0] }
        let (low, high) = (Self.shares[above - 1], Self.shares[above])
        return own[above - 1] + log(share / low) / log(high / low) * (own[above] - own[above - 1])
    }

    /// The weighted quantile of the scores and those of the prior, between the middles of their weights.
    private static func quantile(_ level: Double, _ scores: [Double]) -> Double {
        let prior = priorScores.map { (score: $0, weight: priorCurves / Double(priorScores.count)) }
        let all = (scores.map { (score: $0, weight: 1.0) } + prior).sorted { $0.score < $1.score }
        // Of the scores and the one to come.
        let wanted = level * (all.reduce(0) { $0 + $1.weight } + 1)
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
