import Foundation

/// Turns five raw outputs of the surrogate into rising quantiles: the median as a difference from the level of late, the
/// others by positive gaps outward from it, all in units of the curve's own scale.
enum QuantileHead {
    static let count = 5
    /// Raw outputs at the start of training: the median at the level of late, gaps of about half a unit.
    static let initialBias: [Float] = [0, -0.5, 0, -0.5, 0]

    /// - parameter raw: median, inner and outer gap below, inner and outer gap above.
    static func quantiles(base: Double, scale: Double, raw: ArraySlice<Float>) -> [Double] {
        let r = raw.map(Double.init)
        let middle = base + scale * r[0]
        let lower = middle - scale * softplus(r[1])
        let upper = middle + scale * softplus(r[3])
        return [lower - scale * softplus(r[2]), lower, middle, upper, upper + scale * softplus(r[4])]
    }

    /// The gradient by `raw`, given that by each quantile in units of the scale.
    static func backward(raw: ArraySlice<Float>, gradient g: [Double]) -> [Float] {
        let r = raw.map(Double.init)
        return [
            g.reduce(0, +),
            -(g[0] + g[1]) * sigmoid(r[1]),
            -g[0] * sigmoid(r[2]),
            (g[3] + g[4]) * sigmoid(r[3]),
            g[4] * sigmoid(r[4]),
        ].map(Float.init)
    }

    private static func softplus(_ x: Double) -> Double { x > 30 ? x : log1p(exp(x)) }

    private static func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
}
