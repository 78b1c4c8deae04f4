import NeuralNets

/// An LSTM that reads a learning curve so far and the run's configuration, and predicts five quantiles of its final
/// DSC. A value: weights and version.
public struct Surrogate: Sendable {
    /// Finished curves below which none is trained.
    public static let minimumCurves = 12

    static let hiddenSize = 24

    /// Counted by whoever stores it.
    public let version: Int
    let model: LSTM

    /// The quantiles after the last point; nil when the network gives no finite number.
    func quantiles(_ curve: Curve, context: RunContext) -> ForecastQuantiles? {
        let features = SurrogateFeatures(curve, context: context)
        guard let base = features.bases.last,
            let sequences = try? LSTMSequences([features.values], inputSize: SurrogateFeatures.count),
            let output = try? model.predict(sequences)
        else { return nil }
        let raw = QuantileHead.quantiles(base: base, raw: output.suffix(QuantileHead.count))
        return raw.allSatisfy(\.isFinite) ? ForecastQuantiles(clamping: raw) : nil
    }

    static func configuration() throws -> LSTMConfiguration {
        try LSTMConfiguration(
            inputSize: SurrogateFeatures.count, hiddenSize: hiddenSize, outputSize: QuantileHead.count,
            head: .everyStep)
    }
}
