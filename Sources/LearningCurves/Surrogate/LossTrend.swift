import Foundation

/// How a loss has moved so far, in shares of its own range: losses of different recipes have no common scale, and some
/// are negative.
struct LossTrend {
    /// Numbers that ``add(_:)`` gives.
    static let count = 4

    private var seen = 0
    private var recent = 0.0
    private var slow = 0.0
    private var lowest = Double.infinity
    private var highest = -Double.infinity

    /// - parameter loss: of the next step; nil where it was not recorded.
    /// - returns: where the loss is between its lowest and highest, how it moved of late and over a longer while, and
    ///   whether there is any.
    mutating func add(_ loss: Double?) -> [Float] {
        if let loss {
            seen += 1
            // Running means over about the last 5 % and the last third.
            recent += (loss - recent) / (0.05 * Double(seen) + 1)
            slow += (loss - slow) / (0.3 * Double(seen) + 1)
            if seen == 1 { (recent, slow) = (loss, loss) }
            lowest = min(lowest, loss)
            highest = max(highest, loss)
        }
        guard seen > 0 else { return [0, 0, 0, 0] }
        let range = highest - lowest
        guard range > 1e-9 else { return [0, 0, 0, 1] }
        return [
            Float((recent - lowest) / range), Float(max(-1, min(1, (recent - slow) / range * 5))),
            Float(tanh(lowest / 2)), 1,
        ]
    }
}
