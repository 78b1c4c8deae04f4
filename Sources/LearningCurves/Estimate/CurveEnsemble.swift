import Foundation

/// Curves of expected DSC over size that the evidence allows, by parametric bootstrap over both families.
///
/// Each sample takes a family by its Akaike weight, draws the noise's scale from its posterior (scaled inverse
/// chi-squared, so that few residuals give heavy tails), adds noise to that family's fit, refits both families and
/// keeps the better one. Last, it moves the curve by a draw of the shared error.
struct CurveEnsemble {
    /// One curve per sample.
    let curves: [SaturationCurve]
    /// The best fit of each family to the evidence itself, with its share of the samples.
    let families: [(fit: SaturationCurve, weight: Double)]

    /// Parameters of either family.
    private static let parameterCount = 3
    /// How many residuals the stated errors count for in the scale of the noise.
    private static let priorDegrees = 2

    /// - precondition: at least 3 different sizes.
    init(_ evidence: DepthEvidence, samples: Int, seed: UInt64) {
        let fitters = SaturationFamily.allCases.map {
            SaturationFitter($0, sizes: evidence.sizes, weights: evidence.weights)
        }
        let fits = fitters.map { $0.fit(evidence.means) }
        let leastCost = fits.reduce(Double.infinity) { min($0, $1.cost) }
        let degrees = Self.priorDegrees + max(0, evidence.observationCount - Self.parameterCount)
        // Relative to the stated errors: above 1 where the residuals are larger than those.
        let squares = Double(Self.priorDegrees) + leastCost + evidence.squaresWithinSizes
        let variance = squares / Double(degrees)
        // Both families have as many parameters, so that AICc differs by the misfit alone.
        let akaike = fits.map { exp((leastCost - $0.cost) / (2 * variance)) }
        let firstShare = akaike[0] / (akaike[0] + akaike[1])

        var generator = SeededGenerator(seed: seed)
        var curves: [SaturationCurve] = []
        curves.reserveCapacity(samples)
        var wins = [Double](repeating: 0, count: fitters.count)
        var means = evidence.means
        for _ in 0..<samples {
            let centre = fits[generator.uniform() < firstShare ? 0 : 1].curve
            let scale = (squares / generator.chiSquared(degrees)).squareRoot()
            for index in means.indices {
                let noise = scale * generator.normal() / evidence.weights[index].squareRoot()
                means[index] = centre.unclampedDSC(evidence.sizes[index]) + noise
            }
            let refits = fitters.map { $0.fit(means) }
            let winner = refits[1].cost < refits[0].cost ? 1 : 0
            wins[winner] += 1
            var curve = refits[winner].curve
            curve.asymptote = min(1, curve.asymptote + evidence.sharedError * generator.normal())
            curves.append(curve)
        }
        self.curves = curves
        families = zip(fits, wins).map { ($0.curve, $1 / Double(samples)) }
    }

    /// A quantity of every curve, rising.
    func sorted(_ quantity: (SaturationCurve) -> Double) -> [Double] { curves.map(quantity).sorted() }

    /// The median of a quantity with its central interval.
    func interval(confidence: Double, _ quantity: (SaturationCurve) -> Double) -> SizeEstimate.Interval {
        let values = sorted(quantity)
        return SizeEstimate.Interval(
            value: quantile(0.5, ofSorted: values), low: quantile((1 - confidence) / 2, ofSorted: values),
            high: quantile((1 + confidence) / 2, ofSorted: values))
    }
}
