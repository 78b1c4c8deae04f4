import Foundation

/// How much further runs would narrow the interval of a quantity: their outcomes are drawn from the curves that are still
/// possible, and the curves weighed by how well they agree with each (a preposterior analysis: Raiffa and Schlaifer,
/// *Applied Statistical Decision Theory*, 1961).
struct Outlook {
    /// In the order of their values, rising.
    private let curves: [DrawnCurve]
    private let values: [Double]
    /// Standard deviation of each curve's runs around it.
    private let errors: [Double]
    private let confidence: Double
    private let seed: UInt64
    /// Of the central interval as it is.
    let width: Double

    /// - parameters:
    ///   - runError: of a run where the curve's ``DrawnCurve/noiseScale`` is 1; above 0.
    ///   - confidence: of the interval.
    ///   - seed: of the outcomes' errors.
    init(
        _ curves: [DrawnCurve], runError: Double, confidence: Double, seed: UInt64, of quantity: (DrawnCurve) -> Double
    ) {
        let ordered = curves.map { (curve: $0, value: quantity($0)) }.sorted { $0.value < $1.value }
        self.curves = ordered.map(\.curve)
        values = ordered.map(\.value)
        errors = ordered.map { runError * $0.curve.noiseScale }
        self.confidence = confidence
        self.seed = seed
        width = Self.width(values, weights: values.map { _ in 1 }, confidence)
    }

    /// The width that is expected after a run of each of `sizes`, as the mean over so many `outcomes` of theirs.
    func width(after sizes: [Int], outcomes: Int) -> Double {
        guard !sizes.isEmpty, curves.count > 1 else { return width }
        let expected = sizes.map { n in curves.map { $0.dsc(Double(n)) } }
        let scales = errors.map { Double(sizes.count) * log($0) }
        var generator = SeededGenerator(seed: seed)
        var sum = 0.0
        for outcome in 0..<outcomes {
            // Evenly over the quantity, so that few outcomes stand for all.
            let truth = (2 * outcome + 1) * curves.count / (2 * outcomes)
            let seen = expected.map { $0[truth] + errors[truth] * generator.normal() }
            let logs = curves.indices.map { member in
                zip(expected, seen).reduce(-scales[member]) { sum, pair in
                    let z = (pair.1 - pair.0[member]) / errors[member]
                    return sum - z * z / 2
                }
            }
            let highest = logs.max() ?? 0
            sum += Self.width(values, weights: logs.map { exp($0 - highest) }, confidence)
        }
        return sum / Double(outcomes)
    }

    /// Of the central interval of rising values.
    private static func width(_ values: [Double], weights: [Double], _ confidence: Double) -> Double {
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
