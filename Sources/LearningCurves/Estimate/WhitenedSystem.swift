import Foundation

/// The linear model of one setting of the noise, in coordinates in which its errors are independent and of unit variance.
struct WhitenedSystem {
    private let factor: [[Double]]
    /// L⁻¹(means − prior mean of the asymptote) and L⁻¹·1
    private let values: [Double]
    private let ones: [Double]
    private let logDeterminant: Double
    private let valueSquares: Double
    private let onesSquares: Double
    private let onesValues: Double
    private let prior: SizePrior

    /// - parameter factor: the lower Cholesky factor L of the errors' covariance, row by row.
    init(_ factor: [[Double]], _ means: [Double], _ prior: SizePrior) {
        self.factor = factor
        self.prior = prior
        values = Self.whitened(means.map { $0 - prior.asymptote.mean }, factor)
        ones = Self.whitened(means.map { _ in 1 }, factor)
        logDeterminant = factor.indices.reduce(0) { $0 + 2 * log(factor[$1][$1]) }
        valueSquares = Self.dot(values, values)
        onesSquares = Self.dot(ones, ones) + 1 / (prior.asymptote.deviation * prior.asymptote.deviation)
        onesValues = Self.dot(ones, values)
    }

    /// Asymptote and gap of a shape, and the log of the means' density given it, up to a constant.
    func solve(_ decays: [Double]) -> (SizePosterior.Solution, Double) {
        let decay = Self.whitened(decays, factor)
        // Of a − b·φ: the second column is −φ.
        let cross = -Self.dot(ones, decay)
        let squares = Self.dot(decay, decay) + 1 / (prior.gapDeviation * prior.gapDeviation)
        let gapValues = -Self.dot(values, decay)
        let determinant = onesSquares * squares - cross * cross
        let asymptote = (squares * onesValues - cross * gapValues) / determinant
        let gap = (onesSquares * gapValues - cross * onesValues) / determinant
        let misfit = valueSquares - asymptote * onesValues - gap * gapValues
        let density =
            -0.5 * (misfit + logDeterminant + log(determinant))
            - log(prior.asymptote.deviation * prior.gapDeviation)
        let solution = SizePosterior.Solution(
            asymptote: prior.asymptote.mean + asymptote, gap: gap,
            gapDeviation: (onesSquares / determinant).squareRoot(),
            asymptoteDeviation: (1 / onesSquares).squareRoot(), slope: -cross / onesSquares)
        return (solution, density)
    }

    /// L⁻¹·values, by forward substitution.
    static func whitened(_ values: [Double], _ factor: [[Double]]) -> [Double] {
        var solved = values
        for row in solved.indices {
            var sum = solved[row]
            factor[row].withUnsafeBufferPointer { line in
                for column in 0..<row { sum -= line[column] * solved[column] }
                sum /= line[row]
            }
            solved[row] = sum
        }
        return solved
    }

    private static func dot(_ a: [Double], _ b: [Double]) -> Double {
        var sum = 0.0
        for index in a.indices { sum += a[index] * b[index] }
        return sum
    }
}
