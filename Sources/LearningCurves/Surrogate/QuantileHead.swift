import Foundation

/// Turns five raw outputs of the surrogate into rising quantiles: the median as a difference from the last value, the
/// others by positive gaps outward from it.
enum QuantileHead {
    static let count = 5
    /// DSC per unit of raw output.
    private static let scale = 0.1
    /// Raw outputs at the start of training: median at the last value, gaps of about 0.02 and 0.04.
    static let initialBias: [Float] = [0, -1.5, -0.7, -1.5, -0.7]

    /// - parameter raw: median, inner and outer gap below, inner and outer gap above.
    static func quantiles(base: Double, raw: ArraySlice<Float>) -> [Double] {
        let r = raw.map(Double.init)
        let middle = base + scale * r[0]
        let lower = middle - scale * softplus(r[1])
        let upper = middle + scale * softplus(r[3])
        return [lower - scale * softplus(r[2]), lower, middle, upper, upper + scale * softplus(r[4])]
    }

    /// The gradient by `raw`, given that by each quantile.
    static func backward(raw: ArraySlice<Float>, gradient g: [Double]) -> [Float] {
        let r = raw.map(Double.init)
        return [
            scale * g.reduce(0, +),
            -scale * (g[0] + g[1]) * sigmoid(r[1]),
            -scale * g[0] * sigmoid(r[2]),
            scale * (g[3] + g[4]) * sigmoid(r[3]),
            scale * g[4] * sigmoid(r[4]),
        ].map(Float.init)
    }

    private static func softplus(_ x: Double) -> Double { x > 30 ? x : log1p(exp(x)) }

    private static func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
}
