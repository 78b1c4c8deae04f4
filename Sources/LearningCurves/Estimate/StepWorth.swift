import Foundation

/// How much further runs would narrow an interval: their outcomes are drawn from the curves that are still possible, and
/// the curves weighed by each outcome.
struct StepWorth {
    let ensemble: CurveEnsemble
    let evidence: DepthEvidence
    let confidence: Double
    let seed: UInt64

    /// Outcomes averaged over.
    private static let outcomes = 24

    /// One run at each of `sizes`; nil where there are none.
    func step(
        _ sizes: [Int], _ quantity: SizeEstimate.NextStep.Quantity, _ value: (DrawnCurve) -> Double
    ) -> SizeEstimate.NextStep? {
        let curves = ensemble.curves
        guard !sizes.isEmpty, curves.count > 1 else { return nil }
        let order = curves.indices.map { (index: $0, value: value(curves[$0])) }.sorted { $0.value < $1.value }
        let now = width(order.map(\.value), weights: order.map { _ in 1 })
        let expected = sizes.map { n in curves.map { $0.dsc(Double(n)) } }
        let deviation = evidence.runError
        var generator = SeededGenerator(seed: seed)
        var sum = 0.0
        for outcome in 0..<Self.outcomes {
            // Evenly over the quantity, so that few outcomes stand for all.
            let truth = order[(2 * outcome + 1) * order.count / (2 * Self.outcomes)].index
            let seen = expected.map { $0[truth] + deviation * generator.normal() }
            let misfits = order.map { member in
                zip(expected, seen).reduce(0) { sum, pair in
                    let z = (pair.1 - pair.0[member.index]) / deviation
                    return sum + z * z / 2
                }
            }
            let least = misfits.min() ?? 0
            sum += width(order.map(\.value), weights: misfits.map { exp(least - $0) })
        }
        return SizeEstimate.NextStep(
            sizes: sizes, quantity: quantity, widthNow: now, widthThen: min(now, sum / Double(Self.outcomes)))
    }

    /// Of the central interval of rising values.
    private func width(_ values: [Double], weights: [Double]) -> Double {
        let total = weights.reduce(0, +)
        func quantile(_ probability: Double) -> Double {
            var sum = 0.0
            for (value, weight) in zip(values, weights) {
                sum += weight
                if sum >= probability * total { return value }
            }
            return values[values.count - 1]
        }
        return quantile((1 + confidence) / 2) - quantile((1 - confidence) / 2)
    }
}
