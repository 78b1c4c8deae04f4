import NeuralNets

/// A few LSTMs that each read a learning curve so far and what is known of the run, and predict five quantiles of its
/// final DSC; the forecast is the mean of theirs. A value: weights and version.
public struct Surrogate: Sendable {
    /// Finished curves below which none is refined.
    public static let minimumCurves = 12

    static let members = 4
    static let hiddenSize = 32

    /// 0 for the one that comes with the program; those refined since are counted by whoever stores them.
    public let version: Int
    /// What made the weights: a command, or the curves they were refined on.
    public let provenance: String
    /// Of its intervals; nil where they are as the networks have them.
    let calibration: Calibration?
    let models: [LSTM]

    /// Rounds the weights to those that can be stored, so that a forecast is the same after a restart.
    init(version: Int, provenance: String, calibration: Calibration? = nil, models: [LSTM]) throws {
        self.init(
            version: version, provenance: provenance, calibration: calibration,
            rounded: try models.map { model in
                try LSTM(configuration: model.configuration, parameters: model.parameters.map { Float(Float16($0)) })
            })
    }

    /// - parameter rounded: as they can be stored.
    init(version: Int, provenance: String, calibration: Calibration?, rounded models: [LSTM]) {
        self.version = version
        self.provenance = provenance
        self.calibration = calibration
        self.models = models
    }

    /// The quantiles after the last point; nil when a network gives no finite number.
    func quantiles(_ curve: Curve, context: RunContext) -> ForecastQuantiles? {
        let features = SurrogateFeatures(curve, context: context)
        guard let base = features.bases.last, let scale = features.scales.last,
            let sequences = try? LSTMSequences([features.values], inputSize: SurrogateFeatures.count)
        else { return nil }
        var mean = [Double](repeating: 0, count: QuantileHead.count)
        for model in models {
            guard let output = try? model.predict(sequences) else { return nil }
            let quantiles = QuantileHead.quantiles(raw: output.suffix(QuantileHead.count))
            for index in mean.indices { mean[index] += quantiles[index] / Double(models.count) }
        }
        guard mean.allSatisfy(\.isFinite) else { return nil }
        let quantiles = mean.map { QuantileHead.dsc($0, base: base, scale: scale) }
        let widened = ForecastQuantiles(clamping: Self.widened(quantiles, noise: features.noises.last ?? 0, curve))
        return calibration?.calibrated(widened, share: Double(curve.epochsSeen) / Double(curve.totalEpochs)) ?? widened
    }

    /// The interval is at least as wide as the mean over what is left of the final points would scatter with half the
    /// noise of late: falling learning rates calm a curve, but not to nothing.
    private static func widened(_ quantiles: [Double], noise: Double, _ curve: Curve) -> [Double] {
        let blocks = min(curve.totalEpochs, SurrogateFeatures.maximumBlocks)
        let points = Double(Curve.pointsInFinal(of: blocks))
        let left = min(
            points, Double(curve.totalEpochs - curve.epochsSeen) / Double(curve.totalEpochs) * Double(blocks))
        let deviation = 0.5 * noise * left.squareRoot() / points
        let least = [-1.645, -0.674, 0, 0.674, 1.645].map { quantiles[2] + $0 * deviation }
        return quantiles.indices.map { $0 < 2 ? min(quantiles[$0], least[$0]) : max(quantiles[$0], least[$0]) }
    }

    static func configuration() throws -> LSTMConfiguration {
        try LSTMConfiguration(
            inputSize: SurrogateFeatures.count, hiddenSize: hiddenSize, outputSize: QuantileHead.count,
            head: .everyStep)
    }
}
