/// Fits one family to mean DSCs at fixed sizes with fixed weights, again and again: for each shape on a grid the best
/// asymptote and gap follow in closed form, so that the fit finds the global optimum of the grid.
struct SaturationFitter {
    private struct Candidate {
        let shape: Double
        /// φ at each size.
        let decays: [Double]
        /// Weighted mean of φ, and Σ w (φ − mean)².
        let meanDecay: Double
        let decaySquares: Double
    }

    let family: SaturationFamily
    private let smallest: Double
    private let weights: [Double]
    private let totalWeight: Double
    private let candidates: [Candidate]

    /// - parameters:
    ///   - sizes: different, rising, at least 3.
    ///   - weights: positive; inverse variances of the means.
    init(_ family: SaturationFamily, sizes: [Double], weights: [Double]) {
        let smallest = sizes[0]
        let total = weights.reduce(0, +)
        self.family = family
        self.smallest = smallest
        self.weights = weights
        totalWeight = total
        candidates = family.shapes(smallest: smallest, largest: sizes[sizes.count - 1]).map { shape in
            let decays = sizes.map { family.decay($0, smallest: smallest, shape: shape) }
            let mean = zip(weights, decays).reduce(0) { $0 + $1.0 * $1.1 } / total
            let squares = zip(weights, decays).reduce(0) { $0 + $1.0 * ($1.1 - mean) * ($1.1 - mean) }
            return Candidate(shape: shape, decays: decays, meanDecay: mean, decaySquares: squares)
        }
    }

    /// The curve of least Σ w (mean − curve)², and that sum.
    func fit(_ means: [Double]) -> (curve: SaturationCurve, cost: Double) {
        let mean = zip(weights, means).reduce(0) { $0 + $1.0 * $1.1 } / totalWeight
        var best = (shape: candidates[0].shape, asymptote: min(1, mean), gap: 0.0, cost: Double.infinity)
        for candidate in candidates {
            var covariance = 0.0
            for index in means.indices {
                covariance += weights[index] * (candidate.decays[index] - candidate.meanDecay) * means[index]
            }
            var gap = candidate.decaySquares > 0 ? max(0, -covariance / candidate.decaySquares) : 0
            var asymptote = mean + gap * candidate.meanDecay
            if asymptote > 1 {
                // The bound a ≤ 1 binds: least squares along that edge.
                asymptote = 1
                var above = 0.0
                var below = 0.0
                for index in means.indices {
                    above += weights[index] * candidate.decays[index] * (1 - means[index])
                    below += weights[index] * candidate.decays[index] * candidate.decays[index]
                }
                gap = below > 0 ? max(0, above / below) : 0
            }
            var cost = 0.0
            for index in means.indices {
                let residual = means[index] - asymptote + gap * candidate.decays[index]
                cost += weights[index] * residual * residual
            }
            if cost < best.cost { best = (candidate.shape, asymptote, gap, cost) }
        }
        let curve = SaturationCurve(
            family: family, asymptote: best.asymptote, gap: best.gap, shape: best.shape, smallest: smallest)
        return (curve, best.cost)
    }
}
