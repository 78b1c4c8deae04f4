/// A triangle filter for one output position of an axis: the first input position and the weights from there on, which
/// sum to 1. It widens as the axis shrinks, so that every input counts: antialiased when shrinking, linear when growing.
struct TriangleTaps {
    var first: Int
    var weights: [Float]

    /// For every position of an axis that goes from `from` samples to `to`.
    static func all(from: Int, to: Int) -> [TriangleTaps] {
        let scale = Double(from) / Double(to)
        let reach = max(1, scale)
        return (0..<to).map { index in
            let centre = (Double(index) + 0.5) * scale
            let first = max(0, Int((centre - reach).rounded(.down)))
            let last = min(from - 1, Int((centre + reach).rounded(.up)))
            let weights = (first...last).map { max(0, 1 - abs(Double($0) + 0.5 - centre) / reach) }
            let sum = weights.reduce(0, +)
            return TriangleTaps(first: first, weights: weights.map { Float($0 / sum) })
        }
    }
}
