import Foundation

/// Fits one family to mean DSCs at fixed sizes with fixed weights, again and again: for each shape on a grid the best
/// asymptote and gap follow in closed form, so that no local optimum can hold it; a parabola through the best shape and
/// its neighbours then refines it.
struct SaturationFitter {
    private struct Candidate {
        let shape: Double
        /// φ at each size.
        let decays: [Double]
        /// Weighted mean of φ, and Σ w (φ − mean)².
        let meanDecay: Double
        let decaySquares: Double

        init(shape: Double, fitter: SaturationFitter) {
            self.shape = shape
            let decays = fitter.sizes.map { fitter.family.decay($0, smallest: fitter.sizes[0], shape: shape) }
            self.decays = decays
            var sum = 0.0
            for index in decays.indices { sum += fitter.weights[index] * decays[index] }
            let mean = sum / fitter.totalWeight
            var squares = 0.0
            for index in decays.indices {
                squares += fitter.weights[index] * (decays[index] - mean) * (decays[index] - mean)
            }
            meanDecay = mean
            decaySquares = squares
        }
    }

    private struct Solution {
        var asymptote: Double
        var gap: Double
        var cost: Double
    }

    let family: SaturationFamily
    private let sizes: [Double]
    private let weights: [Double]
    private let totalWeight: Double
    private var candidates: [Candidate] = []

    /// - parameters:
    ///   - sizes: different, rising, at least 3.
    ///   - weights: positive; inverse variances of the means.
    init(_ family: SaturationFamily, sizes: [Double], weights: [Double]) {
        self.family = family
        self.sizes = sizes
        self.weights = weights
        totalWeight = weights.reduce(0, +)
        candidates = family.shapes(smallest: sizes[0], largest: sizes[sizes.count - 1]).map {
            Candidate(shape: $0, fitter: self)
        }
    }

    /// The curve of least Σ w (mean − curve)², and that sum.
    func fit(_ means: [Double]) -> (curve: SaturationCurve, cost: Double) {
        var sum = 0.0
        for index in means.indices { sum += weights[index] * means[index] }
        let mean = sum / totalWeight
        let solutions = candidates.map { solve($0, means, mean: mean) }
        var best = 0
        for index in solutions.indices where solutions[index].cost < solutions[best].cost { best = index }
        var shape = candidates[best].shape
        var solution = solutions[best]
        if best > 0, best < solutions.count - 1 {
            let (left, right) = (solutions[best - 1].cost, solutions[best + 1].cost)
            let curvature = left - 2 * solution.cost + right
            if curvature > 0 {
                // The grid is even in log shape, and the vertex lies within half a step of its middle.
                let step = log(candidates[best + 1].shape / shape)
                let refined = Candidate(shape: shape * exp(step * 0.5 * (left - right) / curvature), fitter: self)
                let candidate = solve(refined, means, mean: mean)
                if candidate.cost < solution.cost { (shape, solution) = (refined.shape, candidate) }
            }
        }
        let curve = SaturationCurve(
            family: family, asymptote: solution.asymptote, gap: solution.gap, shape: shape, smallest: sizes[0])
        return (curve, solution.cost)
    }

    /// The best asymptote ≤ 1 and gap ≥ 0 for one shape.
    private func solve(_ candidate: Candidate, _ means: [Double], mean: Double) -> Solution {
        var covariance = 0.0
        for index in means.indices {
            covariance += weights[index] * (candidate.decays[index] - candidate.meanDecay) * means[index]
        }
        var gap = candidate.decaySquares > 0 ? max(0, -covariance / candidate.decaySquares) : 0
        var asymptote = mean + gap * candidate.meanDecay
        if asymptote > 1 {
            // The bound binds: least squares along its edge.
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
        return Solution(asymptote: asymptote, gap: gap, cost: cost)
    }
}
