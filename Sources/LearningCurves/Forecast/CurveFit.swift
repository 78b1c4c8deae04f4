/// A fit of one family to a curve.
struct CurveFit {
    let family: EpochFamily
    let parameters: [Double]
    /// Time seen, the scale of the exponential family.
    let scale: Double

    func value(time: Double) -> Double { family.value(time: time, scale: scale, parameters: parameters) }

    /// Fits by bounded least squares from several starts; without weights twice again with Huber's (k = 1.5), so that
    /// single outliers count less.
    ///
    /// - parameters:
    ///   - times: positive and rising, about 1 at the first point.
    ///   - weights: inverse variances, where they are known.
    /// - precondition: at least 3 points.
    init(_ family: EpochFamily, times: [Double], values: [Double], weights known: [Double]? = nil) {
        let scale = times[times.count - 1]
        let fitter = family.fitter
        func fit(from start: [Double], weights: [Double]) -> LevenbergMarquardt.Fit {
            fitter.fit(start: start, targets: values, weights: weights) { index, parameters, derivatives in
                family.value(time: times[index], scale: scale, parameters: parameters, derivatives: &derivatives)
            }
        }
        var weights = known ?? [Double](repeating: 1, count: values.count)
        var best = LevenbergMarquardt.Fit(parameters: [], cost: .infinity)
        for shape in family.startingShapes {
            let decays = times.map { family.decay(time: $0, scale: scale, shape: shape[...]) }
            let candidate = fit(from: Self.line(decays, values) + shape, weights: weights)
            if candidate.cost < best.cost { best = candidate }
        }
        for _ in 0..<(known == nil ? 2 : 0) {
            let p = best.parameters
            let errors = zip(times, values).map { abs($1 - family.value(time: $0, scale: scale, parameters: p)) }
            let spread = 1.4826 * median(errors)
            guard spread > 1e-6 else { break }
            weights = errors.map { min(1, 1.5 * spread / max($0, 1e-12)) }
            best = fit(from: p, weights: weights)
        }
        self.family = family
        self.scale = scale
        parameters = best.parameters
    }

    /// a and b of the least-squares line values = a − b·decays, b not negative.
    private static func line(_ decays: [Double], _ values: [Double]) -> [Double] {
        let count = Double(values.count)
        let meanDecay = decays.reduce(0, +) / count
        let meanValue = values.reduce(0, +) / count
        var covariance = 0.0
        var variance = 0.0
        for (decay, value) in zip(decays, values) {
            covariance += (decay - meanDecay) * (value - meanValue)
            variance += (decay - meanDecay) * (decay - meanDecay)
        }
        let b = variance > 0 ? max(0, -covariance / variance) : 0
        return [meanValue + b * meanDecay, b]
    }
}
