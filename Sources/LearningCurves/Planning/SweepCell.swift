/// A run that an adaptive sweep may train.
public struct SweepCell: Sendable, Hashable {
    /// Training images.
    public var n: Int
    /// Levels of the network.
    public var layers: Int
    public var seed: Int
    /// Optimizer steps, if it trains to its end.
    public var steps: Int
    /// What it is expected to take, in CPU-seconds or another unit that is the same for all cells; above 0.
    public var cost: Double

    public init(n: Int, layers: Int, seed: Int, steps: Int, cost: Double) {
        self.n = n
        self.layers = layers
        self.seed = seed
        self.steps = steps
        self.cost = cost
    }

    /// Cheapest first; of equally cheap ones the larger, which says more of the end of the curve. A total order.
    static func precedes(_ a: SweepCell, _ b: SweepCell) -> Bool {
        (a.cost, -a.n, a.layers, a.seed) < (b.cost, -b.n, b.layers, b.seed)
    }
}
