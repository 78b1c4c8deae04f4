import Foundation

/// What the surrogate sees of a curve: one step per block of epochs, each from that block and those before it alone, so
/// that the steps of a whole curve are also those of every shorter one.
struct SurrogateFeatures {
    /// Numbers per step.
    static let count = 16
    /// A run of more epochs is averaged over this many equal blocks.
    static let maximumBlocks = 64

    /// [steps, count]
    private(set) var values: [Float] = []
    /// The mean DSC of each step's block, to which the forecast is a difference.
    private(set) var bases: [Double] = []

    init(_ curve: Curve, context: RunContext) {
        let total = curve.totalEpochs
        let blocks = min(total, Self.maximumBlocks)
        let configuration: [Float] = [
            Float(log10(Double(context.size)) / 4), Float(context.fraction), Float(context.layers) / 6,
            Float(context.dimensions - 2), Float(log10(Double(max(context.parameterCount, 1))) / 7),
            Float(log10(Double(total)) / 3),
        ]
        var best = 0.0
        var index = 0
        while index < curve.points.count {
            let block = (curve.points[index].epoch - 1) * blocks / total
            var end = index
            while end < curve.points.count, (curve.points[end].epoch - 1) * blocks / total == block { end += 1 }
            let points = curve.points[index..<end]
            let mean = points.reduce(0) { $0 + $1.valDSC } / Double(points.count)
            let epoch = Double(curve.points[end - 1].epoch)
            best = max(best, mean)
            let change = mean - (bases.last ?? mean)
            values += [
                Float(mean), Float(best - mean) * 5, Float(change) * 5, Float(epoch / Double(total)),
                Float(log(epoch) / 7), Float(log(Double(total) / epoch) / 5),
            ]
            values += Self.loss(points.compactMap(\.trainLoss))
            values += Self.loss(points.compactMap(\.valLoss))
            values += configuration
            bases.append(mean)
            index = end
        }
    }

    /// The mean loss squashed to ±1, and whether there is any.
    private static func loss(_ losses: [Double]) -> [Float] {
        guard !losses.isEmpty else { return [0, 0] }
        let mean = losses.reduce(0) { $0 + $1 / Double(losses.count) }
        return [Float(tanh(mean / 2)), 1]
    }
}
