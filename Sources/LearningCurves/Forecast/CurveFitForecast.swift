import Foundation

/// Forecasts from the curve so far alone: robust fits of two families averaged with the last value, and intervals from
/// their residuals, their disagreement and the gain they still expect.
///
/// The weights and widths below were chosen on public validation-Dice curves of nnU-Net and U-Net, where the 90 %
/// interval covers 88–100 % at cuts from 5 to 80 %; they are no theory.
enum CurveFitForecast {
    /// Fewer points are forecast by the last value.
    static let minimumPoints = 4
    /// Longer curves are averaged in blocks of equal length before the fit.
    private static let maximumBlocks = 64
    /// Student's t with 4 degrees of freedom at the five probabilities: curves break more often than normal errors
    /// would.
    private static let offsets = [-2.132, -0.741, 0, 0.741, 2.132]

    static func quantiles(_ curve: Curve) -> (quantiles: ForecastQuantiles, method: Forecast.Method) {
        guard curve.points.count >= minimumPoints else { return (shortCurve(curve), .lastValue) }
        let (epochs, values) = blocks(curve.points)
        let power = CurveFit(.power, epochs: epochs, values: values)
        let exponential = CurveFit(.exponential, epochs: epochs, values: values)
        let seen = Double(curve.epochsSeen)
        let total = Double(curve.totalEpochs)
        let finalPoints = Double(Curve.pointsInFinal(of: curve.totalEpochs))
        // The final DSC is a mean over the last 5 % of the epochs: their middle stands for it.
        let middle = total - (finalPoints - 1) / 2
        let ends = [power.value(epoch: middle), exponential.value(epoch: middle)]
        let recent = curve.finalDSC

        // The nearer the end, the harder the last value is to beat.
        let lastWeight = 0.1 + 0.6 * seen / total
        let centre = lastWeight * recent + (1 - lastWeight) * (0.85 * ends[0] + 0.15 * ends[1])

        let noise = noise(curve.points, [power, exponential])
        let gain = centre - recent
        let disagreement = ends.reduce(0) { $0 + abs($1 - centre) } / Double(ends.count)
        let ahead = log(total / seen)
        let variances = [
            noise * noise / finalPoints,
            noise * noise / min(Double(curve.points.count), 10),
            noise * noise * min(1, ahead),
            0.25 * gain * gain,
            disagreement * disagreement,
            pow(0.008 * ahead, 2),
        ]
        let spread = variances.reduce(0, +).squareRoot()
        return (ForecastQuantiles(clamping: offsets.map { centre + $0 * spread }), .curveFit)
    }

    /// One to three points say little: the last value, with room to rise over most of what is left to 1 and to fall by
    /// a third, both shrinking with the root of the remaining share of the run.
    private static func shortCurve(_ curve: Curve) -> ForecastQuantiles {
        let last = curve.points[curve.points.count - 1].valDSC
        let remaining = (Double(curve.totalEpochs - curve.epochsSeen) / Double(curve.totalEpochs)).squareRoot()
        let up = (1 - last) * remaining
        let down = max(last, 0.1) * remaining
        return ForecastQuantiles(clamping: [
            last - 0.35 * down, last - 0.1 * down, last, last + 0.45 * up, last + 0.85 * up,
        ])
    }

    /// Standard deviation of single points about the better fit; at least 0.002.
    private static func noise(_ points: [CurvePoint], _ fits: [CurveFit]) -> Double {
        let spreads = fits.map { fit in
            1.4826 * median(points.map { abs($0.valDSC - fit.value(epoch: Double($0.epoch))) })
        }
        return max(spreads.min() ?? 0, 0.002)
    }

    private static func blocks(_ points: [CurvePoint]) -> (epochs: [Double], values: [Double]) {
        let size = (points.count + maximumBlocks - 1) / maximumBlocks
        var epochs: [Double] = []
        var values: [Double] = []
        for start in stride(from: 0, to: points.count, by: size) {
            let block = points[start..<min(start + size, points.count)]
            epochs.append(block.reduce(0) { $0 + Double($1.epoch) } / Double(block.count))
            values.append(block.reduce(0) { $0 + $1.valDSC } / Double(block.count))
        }
        return (epochs, values)
    }
}
