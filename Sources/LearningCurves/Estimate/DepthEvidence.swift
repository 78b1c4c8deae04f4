import Foundation

/// The observations of one depth, gathered by size, with the model of their noise.
///
/// The DSC of a run is the expected DSC at its size, plus an error shared by all runs (the same test cases), plus an
/// independent one. Repeated seeds measure the independent part; without them it is taken to be half of the standard
/// error's variance. What of that variance is not independent is shared. The error of a forecast is half its own and half
/// that of all forecasts: one surrogate made them, of one task.
struct DepthEvidence {
    /// Different sizes, rising.
    let sizes: [Double]
    /// Weighted mean DSC at each size.
    let means: [Double]
    /// Inverse variance of each mean, before ``SizePosterior`` scales it.
    let weights: [Double]
    /// Σ (observation − mean at its size)² / variance
    let squaresWithinSizes: Double
    /// What the forecasts have in common.
    let forecastError: ForecastError
    let observationCount: Int
    /// Standard deviation of the independent error of a run, averaged over runs that have ended, or over all where none has.
    let runError: Double
    /// The mean variance that standard errors state, of runs that have ended; 0 where none was given.
    private let statedVariance: Double
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
                let common = Self.commonError(observation)
                return max(floor, common * common + (pooled ?? 0))
            }
            // The spread at one size rests on few seeds: six degrees of freedom of the pooled one steady it.
            if let pooled { return max(floor, (own.squares + 6 * pooled) / (own.degrees + 6)) }
            return Self.assumedVariance(error.map { $0 * $0 })
        }

        var means: [Double] = []
        var weights: [Double] = []
        var within = 0.0
        var forecastError = ForecastError()
        var runVariances: [Double] = []
        var forecastVariances: [Double] = []
        for (group, own) in zip(groups, repeats) {
            let variances = group.value.map { variance($0, own) }
            let weight = variances.reduce(0) { $0 + 1 / $1 }
            let centre = zip(group.value, variances).reduce(0) { $0 + $1.0.dsc / $1.1 } / weight
            within += zip(group.value, variances).reduce(0) { $0 + ($1.0.dsc - centre) * ($1.0.dsc - centre) / $1.1 }
            forecastError.add(
                deviations: group.value.map { $0.dsc - centre }, common: group.value.map(Self.commonError),
                variances: variances)
            for (observation, variance) in zip(group.value, variances) {
                if observation.isForecast { forecastVariances.append(variance) } else { runVariances.append(variance) }
            }
            means.append(centre)
            weights.append(weight)
        }
        statedVariance = Self.statedVariance(observations) ?? 0
        sizes = groups.map { Double($0.key) }
        self.means = means
        self.weights = weights
        squaresWithinSizes = within
        self.forecastError = forecastError
        observationCount = observations.count
        runError = mean(runVariances.isEmpty ? forecastVariances : runVariances).squareRoot()
        hasRepeats = pooled != nil
    }

    /// Standard deviation of what an observation's error shares with forecasts: half of a forecast's variance. As much again
    /// is its own.
    private static func commonError(_ observation: SizeObservation) -> Double {
        observation.isForecast ? (observation.standardError ?? assumedForecastError) * 0.5.squareRoot() : 0
    }

    /// Of one run's independent error where repeated seeds do not tell: half of what standard errors state.
    private static func assumedVariance(_ stated: Double?) -> Double {
        max(smallestError * smallestError, stated.map { $0 / 2 } ?? assumedError * assumedError)
    }

    /// The same of all runs that have ended.
    static func assumedVariance(_ observations: [SizeObservation]) -> Double {
        assumedVariance(statedVariance(observations))
    }

    /// The mean square of the standard errors of runs that have ended; nil where none was given.
    private static func statedVariance(_ observations: [SizeObservation]) -> Double? {
        let errors = observations.filter { !$0.isForecast }.compactMap(\.standardError)
        return errors.isEmpty ? nil : errors.reduce(0) { $0 + $1 * $1 } / Double(errors.count)
    }

    /// The sizes as they are or, where there are more than `count`, their weighted means in as many equal stretches of
    /// log n. `common` is what a deviation of the forecasts' common error does to the mean.
    func blocks(atMost count: Int) -> [(size: Double, mean: Double, weight: Double, common: Double)] {
        let common = forecastError.onMeans
        guard sizes.count > count else { return sizes.indices.map { (sizes[$0], means[$0], weights[$0], common[$0]) } }
        let stretch = log(largest / smallest) / Double(count)
        let groups = Dictionary(grouping: sizes.indices) { min(count - 1, Int(log(sizes[$0] / smallest) / stretch)) }
        return groups.sorted { $0.key < $1.key }.map { _, members in
            let weight = members.reduce(0) { $0 + weights[$1] }
            let logSize = members.reduce(0) { $0 + weights[$1] * log(sizes[$1]) } / weight
            func mean(_ values: [Double]) -> Double { members.reduce(0) { $0 + weights[$1] * values[$1] } / weight }
            return (exp(logSize), mean(means), weight, mean(common))
        }
    }

    /// Standard deviation of the error that moves the whole curve, where the independent one is `scale` times what was taken.
    func sharedError(noiseScale scale: Double) -> Double {
        max(0, statedVariance - scale * scale * runError * runError).squareRoot()
    }

    var smallest: Double { sizes[0] }
    var largest: Double { sizes[sizes.count - 1] }

    private static func spread(_ values: [Double]) -> (squares: Double, degrees: Double) {
        guard values.count > 1 else { return (0, 0) }
        let mean = values.reduce(0, +) / Double(values.count)
        return (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }, Double(values.count - 1))
    }
}
