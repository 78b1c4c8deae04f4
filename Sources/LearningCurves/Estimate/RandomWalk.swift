import Foundation

/// A random walk over rising sizes, seen through independent errors: how a curve strays from its family.
///
/// It starts at 0 at the first size. Filtering forward and sampling backward draws the walk given what was seen (Kalman;
/// Carter and Kohn 1994).
struct RandomWalk {
    /// Of the walk, from each size to the next.
    let steps: [Double]
    /// Of the errors at each size.
    let errors: [Double]
    /// How far the filtered mean follows each new residual, and the variance left.
    private let gains: [Double]
    private let left: [Double]

    /// - parameters:
    ///   - steps: variances, one fewer than sizes.
    ///   - errors: variances, positive.
    init(steps: [Double], errors: [Double]) {
        self.steps = steps
        self.errors = errors
        var gains: [Double] = []
        var left: [Double] = []
        var variance = 0.0
        for (index, error) in errors.enumerated() {
            if index > 0 { variance += steps[index - 1] }
            let gain = variance / (variance + error)
            variance *= 1 - gain
            gains.append(gain)
            left.append(variance)
        }
        self.gains = gains
        self.left = left
    }

    /// The lower Cholesky factor of the covariance of what is seen, row by row.
    ///
    /// - parameter common: what one deviation of an error of all sizes does to each.
    func factor(common: [Double]) -> [[Double]] {
        let count = errors.count
        var walked = [Double](repeating: 0, count: count)
        for index in 1..<max(count, 1) where index < count { walked[index] = walked[index - 1] + steps[index - 1] }
        var factor = [[Double]](repeating: [Double](repeating: 0, count: count), count: count)
        for row in 0..<count {
            for column in 0...row {
                var sum = walked[column] + common[row] * common[column] + (row == column ? errors[row] : 0)
                for k in 0..<column { sum -= factor[row][k] * factor[column][k] }
                factor[row][column] = row == column ? sum.squareRoot() : sum / factor[column][column]
            }
        }
        return factor
    }

    /// A draw of the walk at each size, given residuals.
    func draw(_ residuals: [Double], using generator: inout SeededGenerator) -> [Double] {
        var means: [Double] = []
        means.reserveCapacity(residuals.count)
        var mean = 0.0
        for (residual, gain) in zip(residuals, gains) {
            mean += gain * (residual - mean)
            means.append(mean)
        }
        let last = residuals.count - 1
        var walk = means
        walk[last] += left[last].squareRoot() * generator.normal()
        for index in (0..<last).reversed() where left[index] + steps[index] > 0 {
            let gain = left[index] / (left[index] + steps[index])
            walk[index] += gain * (walk[index + 1] - means[index])
            walk[index] += (left[index] * (1 - gain)).squareRoot() * generator.normal()
        }
        return walk
    }
}
