import Foundation

/// What the estimate of one depth would become with further runs, by estimating anew with their expected outcomes.
///
/// Without the error that all runs share, as they see the same test cases: no run narrows that, and beside it what runs can
/// narrow would look small.
struct Outlook {
    /// Of the depth alone.
    private let observations: [SizeObservation]
    private let query: EstimateQuery
    private let seed: UInt64
    private let noise: Double
    private let curve: [SizeEstimate.CurveValue]
    private let error: Double?
    /// As it is.
    let present: SizeUncertainty

    /// Curves drawn for each look ahead: with fewer, the ends of the interval scatter by as much as a run narrows it.
    private static let samples = 600

    /// Nil where there are too few sizes for an estimate.
    ///
    /// - parameter noise: standard deviation of a run's DSC around its expectation.
    init?(_ observations: [SizeObservation], query: EstimateQuery, noise: Double, seed: UInt64) throws {
        self.observations = observations
        self.query = query
        self.noise = noise
        self.seed = seed
        let errors = observations.filter { !$0.isForecast }.compactMap(\.standardError)
        error = errors.isEmpty ? nil : median(errors)
        let estimate = try SizeEstimator.estimate(
            observations, query: query, seed: seed, samples: Self.samples, sharesError: false)
        guard let depth = estimate.byDepth.first, !depth.curve.isEmpty else { return nil }
        curve = depth.curve
        present = SizeUncertainty(depth, wantsTarget: query.targetDSC != nil)
    }

    /// The share of the uncertainty that a run is expected to take away.
    func narrowing(_ cell: SweepCell) throws -> Double {
        // Outcomes a deviation above and below, so that it looks no more certain than runs are.
        let gains = try [noise, -noise].map { deviation in
            let outcome = SizeObservation(
                n: cell.n, dsc: min(1, max(0, expected(cell.n) + deviation)), layers: cell.layers, seed: cell.seed,
                standardError: error)
            let estimate = try SizeEstimator.estimate(
                observations + [outcome], query: query, seed: seed, samples: Self.samples, sharesError: false)
            guard let depth = estimate.byDepth.first else { return 0.0 }
            return present.narrowed(to: SizeUncertainty(depth, wantsTarget: query.targetDSC != nil))
        }
        return mean(gains)
    }

    /// The same with the expected outcomes of runs under way taken as known.
    func with(_ cells: [SweepCell]) throws -> Outlook {
        let outcomes = cells.map {
            SizeObservation(n: $0.n, dsc: expected($0.n), layers: $0.layers, seed: $0.seed, standardError: error)
        }
        guard !cells.isEmpty,
            let ahead = try Outlook(observations + outcomes, query: query, noise: noise, seed: seed)
        else { return self }
        return ahead
    }

    /// Between the sizes of the estimate's curve, evenly in log n.
    private func expected(_ n: Int) -> Double {
        guard let above = curve.firstIndex(where: { $0.n >= n }) else { return curve[curve.count - 1].dsc }
        guard above > 0 else { return curve[0].dsc }
        let (left, right) = (curve[above - 1], curve[above])
        let share = log(Double(n) / Double(left.n)) / log(Double(right.n) / Double(left.n))
        return left.dsc + share * (right.dsc - left.dsc)
    }
}
