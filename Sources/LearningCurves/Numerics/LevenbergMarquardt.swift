/// Bounded weighted least squares by Levenberg and Marquardt's method, steps projected on the bounds.
struct LevenbergMarquardt {
    struct Fit {
        var parameters: [Double]
        /// Σ weight · residual²
        var cost: Double
    }

    let lower: [Double]
    let upper: [Double]
    /// The default is 40.
    var iterations = 40

    /// - parameter model: writes the model's value and its derivatives by each parameter at point `index`.
    func fit(
        start: [Double], targets: [Double], weights: [Double],
        model: (_ index: Int, _ parameters: [Double], _ derivatives: inout [Double]) -> Double
    ) -> Fit {
        let size = start.count
        var current = Fit(parameters: project(start), cost: .infinity)
        var derivatives = [Double](repeating: 0, count: size)
        func cost(_ parameters: [Double]) -> Double {
            targets.indices.reduce(0) { sum, index in
                let residual = targets[index] - model(index, parameters, &derivatives)
                return sum + weights[index] * residual * residual
            }
        }
        current.cost = cost(current.parameters)
        var damping = 1e-3
        for _ in 0..<iterations {
            var normal = [[Double]](repeating: [Double](repeating: 0, count: size + 1), count: size)
            for index in targets.indices {
                let residual = targets[index] - model(index, current.parameters, &derivatives)
                for row in 0..<size {
                    let scaled = weights[index] * derivatives[row]
                    for column in 0..<size { normal[row][column] += scaled * derivatives[column] }
                    normal[row][size] += scaled * residual
                }
            }
            var improved = false
            for _ in 0..<8 where !improved {
                var damped = normal
                for row in 0..<size { damped[row][row] += damping * max(normal[row][row], 1e-12) }
                guard let step = solve(damped) else {
                    damping *= 8
                    continue
                }
                let candidate = project(zip(current.parameters, step).map { $0 + $1 })
                let candidateCost = cost(candidate)
                if candidateCost < current.cost {
                    let gain = current.cost - candidateCost
                    improved = gain > 1e-10 * current.cost
                    current = Fit(parameters: candidate, cost: candidateCost)
                    damping = max(damping / 6, 1e-12)
                    if !improved { return current }
                } else {
                    damping *= 8
                }
            }
            if !improved { break }
        }
        return current
    }

    private func project(_ parameters: [Double]) -> [Double] {
        parameters.indices.map { min(upper[$0], max(lower[$0], parameters[$0])) }
    }

    /// Gauss elimination with row pivoting of an augmented matrix; nil when it is singular.
    private func solve(_ augmented: [[Double]]) -> [Double]? {
        var m = augmented
        let size = m.count
        for column in 0..<size {
            let pivot = (column..<size).max { abs(m[$0][column]) < abs(m[$1][column]) } ?? column
            guard abs(m[pivot][column]) > 1e-300 else { return nil }
            m.swapAt(column, pivot)
            for row in stride(from: column + 1, to: size, by: 1) where m[row][column] != 0 {
                let factor = m[row][column] / m[column][column]
                for k in column...size { m[row][k] -= factor * m[column][k] }
            }
        }
        var solution = [Double](repeating: 0, count: size)
        for row in (0..<size).reversed() {
            let known = ((row + 1)..<size).reduce(0.0) { $0 + m[row][$1] * solution[$1] }
            solution[row] = (m[row][size] - known) / m[row][row]
        }
        return solution.allSatisfy(\.isFinite) ? solution : nil
    }
}
