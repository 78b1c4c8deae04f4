import Foundation

/// Turns five raw outputs of the surrogate into rising quantiles: the median as a difference from the level of late, the
/// others by positive gaps outward from it.
///
/// All are in units of the curve's own scale, stretched: x stands for sinh x units. A flat and quiet run that gains half
/// a unit and a steep one that gains thirty are then a few apart, and what a gain depends on by products it depends on
/// by sums.
enum QuantileHead {
    static let count = 5
    /// Raw outputs at the start of training: the median at the level of late, gaps of about half a unit.
    static let initialBias: [Float] = [0, -0.5, 0, -0.5, 0]

    /// Of a DSC.
    static func stretched(_ dsc: Double, base: Double, scale: Double) -> Double { asinh((dsc - base) / scale) }

    /// The inverse; beyond e³⁰ units it goes no further.
    static func dsc(_ stretched: Double, base: Double, scale: Double) -> Double {
        base + scale * sinh(min(max(stretched, -30), 30))
    }

    /// Stretched.
    /// - parameter raw: median, inner and outer gap below, inner and outer gap above.
    static func quantiles(raw: ArraySlice<Float>) -> [Double] {
        let r = raw.map(Double.init)
        let lower = r[0] - softplus(r[1])
        let upper = r[0] + softplus(r[3])
        return [lower - softplus(r[2]), lower, r[0], upper, upper + softplus(r[4])]
    }

    /// The gradient by `raw`, given that by each quantile.
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
