/// Five quantiles of a forecast, each in 0…1, never falling.
public struct ForecastQuantiles: Sendable, Hashable {
    public static let probabilities: [Double] = [0.05, 0.25, 0.5, 0.75, 0.95]

    /// In the order of ``probabilities``.
    public let values: [Double]

    /// Clamps to 0…1 and lifts any value that lies below the one before it.
    ///
    /// - precondition: five finite numbers.
    init(clamping raw: [Double]) {
        precondition(raw.count == Self.probabilities.count && raw.allSatisfy(\.isFinite))
        var highest = 0.0
        values = raw.map { value in
            highest = max(highest, min(1, max(0, value)))
            return highest
        }
    }

    public var median: Double { values[2] }

    /// Of a normal distribution with the same 5 and 95 % quantiles.
    public var deviation: Double { Self.deviation(low: values[0], high: values[4]) }

    /// Standard deviation of a normal distribution whose 5 and 95 % quantiles these are.
    public static func deviation(low: Double, high: Double) -> Double { (high - low) / (2 * 1.645) }

    public var pairs: [(probability: Double, value: Double)] {
        zip(Self.probabilities, values).map { ($0, $1) }
    }

    /// The mean pinball loss of the five quantiles for an outcome: half the absolute error where all are equal.
    func pinballLoss(outcome: Double) -> Double {
        pairs.reduce(0) { sum, pair in
            let error = outcome - pair.value
            return sum + max(pair.probability * error, (pair.probability - 1) * error)
        } / Double(values.count)
    }
}
