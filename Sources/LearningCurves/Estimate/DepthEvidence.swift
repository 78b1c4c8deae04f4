/// The observations of one depth, gathered by size, with the model of their noise.
///
/// The DSC of a run is the expected DSC at its size, plus an error shared by all runs (the same test cases), plus an
/// independent one. Repeated seeds measure the independent part, and the whole standard error is then shared; without
/// them half of the standard error's variance is taken as shared, half as independent.
struct DepthEvidence {
    /// Different sizes, rising.
    let sizes: [Double]
    /// Weighted mean DSC at each size.
    let means: [Double]
    /// Inverse variance of each mean, before ``CurveEnsemble`` scales it by the residuals.
    let weights: [Double]
    /// Σ (observation − mean at its size)² / variance
    let squaresWithinSizes: Double
    let observationCount: Int
    /// Standard deviation of the error that moves the whole curve.
    let sharedError: Double
    /// Seeds were repeated at some size.
    let hasRepeats: Bool

    /// Standard deviation of one run's independent error where neither standard errors nor repeated seeds tell.
    static let assumedError = 0.01
    /// The same for a forecast that came without one.
    static let assumedForecastError = 0.05
    /// No observation counts as more precise than this, so that none outweighs the others.
    static let smallestError = 0.004

    /// - precondition: at least one observation.
    init(_ observations: [SizeObservation]) {
        let groups = Dictionary(grouping: observations, by: \.n).sorted { $0.key < $1.key }
        let repeats = groups.map { Self.spread($0.value.filter { !$0.isForecast }.map(\.dsc)) }
        let degrees = repeats.reduce(0) { $0 + $1.degrees }
        let pooled = degrees > 0 ? repeats.reduce(0) { $0 + $1.squares } / degrees : nil

        func variance(_ observation: SizeObservation, _ own: (squares: Double, degrees: Double)) -> Double {
            let error = observation.standardError
            let floor = Self.smallestError * Self.smallestError
            if observation.isForecast {
                let error = error ?? Self.assumedForecastError
                return max(floor, error * error + (pooled ?? 0))
            }
            // The spread at one size rests on few seeds: six degrees of freedom of the pooled one steady it.
            if let pooled { return max(floor, (own.squares + 6 * pooled) / (own.degrees + 6)) }
            return max(floor, error.map { $0 * $0 / 2 } ?? Self.assumedError * Self.assumedError)
        }

        var means: [Double] = []
        var weights: [Double] = []
        var within = 0.0
        for (group, own) in zip(groups, repeats) {
            let variances = group.value.map { variance($0, own) }
            let weight = variances.reduce(0) { $0 + 1 / $1 }
            let mean = zip(group.value, variances).reduce(0) { $0 + $1.0.dsc / $1.1 } / weight
            within += zip(group.value, variances).reduce(0) { $0 + ($1.0.dsc - mean) * ($1.0.dsc - mean) / $1.1 }
            means.append(mean)
            weights.append(weight)
        }
        let errors = observations.filter { !$0.isForecast }.compactMap(\.standardError)
        let meanVariance = errors.reduce(0) { $0 + $1 * $1 } / Double(max(errors.count, 1))
        sizes = groups.map { Double($0.key) }
        self.means = means
        self.weights = weights
        squaresWithinSizes = within
        observationCount = observations.count
        sharedError = (pooled == nil ? meanVariance / 2 : meanVariance).squareRoot()
        hasRepeats = pooled != nil
    }

    var smallest: Double { sizes[0] }
    var largest: Double { sizes[sizes.count - 1] }

    private static func spread(_ values: [Double]) -> (squares: Double, degrees: Double) {
        guard values.count > 1 else { return (0, 0) }
        let mean = values.reduce(0, +) / Double(values.count)
        return (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }, Double(values.count - 1))
    }
}
