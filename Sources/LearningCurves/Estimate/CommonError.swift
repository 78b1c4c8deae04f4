/// An error of known direction over the sizes, drawn given what was seen.
struct CommonError {
    /// What one deviation does at each size.
    private let direction: [Double]
    /// Of the expected error by the residuals, and its precision.
    private let gain: [Double]
    private let precision: Double

    /// - parameter factor: the lower Cholesky factor of the covariance of everything else, row by row.
    init(_ direction: [Double], factor: [[Double]]) {
        self.direction = direction
        // Σ⁻¹·direction = L⁻ᵀ·(L⁻¹·direction)
        var solved = WhitenedSystem.whitened(direction, factor)
        for row in solved.indices.reversed() {
            for below in (row + 1)..<max(row + 1, solved.count) { solved[row] -= factor[below][row] * solved[below] }
            solved[row] /= factor[row][row]
        }
        gain = solved
        precision = 1 + zip(direction, solved).reduce(0) { $0 + $1.0 * $1.1 }
    }

    /// The residuals without a draw of the error.
    func removed(from residuals: [Double], using generator: inout SeededGenerator) -> [Double] {
        let expected = zip(gain, residuals).reduce(0) { $0 + $1.0 * $1.1 } / precision
        let error = expected + generator.normal() / precision.squareRoot()
        return zip(residuals, direction).map { $0 - error * $1 }
    }
}
