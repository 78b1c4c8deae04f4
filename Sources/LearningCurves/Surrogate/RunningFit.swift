import Foundation

/// Least-squares fits of a − b·e^(−rate·x), b ≥ 0, to a curve that grows point by point, for a whole grid of rates at
/// once: only sums are kept, so a further point costs the same however long the curve is. With the logarithm of time for
/// x this is a power law, with time itself an exponential.
struct RunningFit {
    private let rates: [Double]
    /// Decays at the x asked about, one for each rate.
    private let ahead: [Double]
    private var count = 0.0
    private var sum = 0.0
    private var sumOfSquares = 0.0
    private var decays: [Double]
    private var squares: [Double]
    private var products: [Double]

    static let gridSize = 24

    /// - parameters:
    ///   - rates: the lowest and highest of the grid, which is even in their logarithm.
    ///   - end: the x asked about.
    init(rates: ClosedRange<Double>, end: Double) {
        let steps = Double(Self.gridSize - 1)
        self.rates = (0..<Self.gridSize).map {
            rates.lowerBound * pow(rates.upperBound / rates.lowerBound, Double($0) / steps)
        }
        ahead = self.rates.map { exp(-$0 * end) }
        decays = [Double](repeating: 0, count: Self.gridSize)
        squares = decays
        products = decays
    }

    /// What ``add(_:_:memory:)`` wants of an x: e^(−rate·x) for each rate. Fits of the same rates share it.
    func decays(at x: Double) -> [Double] { rates.map { exp(-$0 * x) } }

    /// - parameters:
    ///   - decaysThere: at the point's x.
    ///   - memory: what earlier points still count for, 0…1.
    mutating func add(_ decaysThere: [Double], _ value: Double, memory: Double = 1) {
        count = count * memory + 1
        sum = sum * memory + value
        sumOfSquares = sumOfSquares * memory + value * value
        for index in 0..<Self.gridSize {
            let decay = decaysThere[index]
            decays[index] = decays[index] * memory + decay
            squares[index] = squares[index] * memory + decay * decay
            products[index] = products[index] * memory + decay * value
        }
    }

    /// The value at the x asked about, an average over the rates by their likelihood, 0…1; and the root mean square
    /// error of the best of them.
    var end: (value: Double, spread: Double) {
        let level = sum / count
        let variance = sumOfSquares / count - level * level
        var values = [Double](repeating: 0, count: Self.gridSize)
        var errors = values
        for index in 0..<Self.gridSize {
            let mean = decays[index] / count
            let covariance = products[index] / count - mean * level
            let ownVariance = squares[index] / count - mean * mean
            let slope = min(covariance / (ownVariance + 1e-9), 0)
            let asymptote = min(1, max(0, level - slope * mean))
            values[index] = min(1, max(0, asymptote + slope * ahead[index]))
            errors[index] = max(variance - 2 * slope * covariance + slope * slope * ownVariance, 0)
        }
        let least = errors.min() ?? 0
        let power = min(count, 60) / 2
        let bar = log(least + 1e-7)
        var (weighted, total) = (0.0, 0.0)
        for index in 0..<Self.gridSize {
            let weight = exp(power * (bar - log(errors[index] + 1e-7)))
            weighted += weight * values[index]
            total += weight
        }
        return (weighted / total, least.squareRoot())
    }
}
