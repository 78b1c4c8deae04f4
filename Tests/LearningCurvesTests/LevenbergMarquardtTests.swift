import Foundation
import Testing

@testable import LearningCurves

@Suite struct LevenbergMarquardtTests {
    /// a + b·exp(−c·x) without noise, from a far start.
    @Test func findsTheParametersOfExactData() {
        let xs = (0..<12).map { Double($0) / 2 }
        let fitter = LevenbergMarquardt(lower: [-5, -5, 0], upper: [5, 5, 10])
        let fit = fitter.fit(
            start: [0, 1, 5], targets: xs.map { 0.7 - 0.4 * exp(-0.9 * $0) }, weights: xs.map { _ in 1 }
        ) { index, p, derivatives in
            let decay = exp(-p[2] * xs[index])
            derivatives[0] = 1
            derivatives[1] = decay
            derivatives[2] = -p[1] * xs[index] * decay
            return p[0] + p[1] * decay
        }
        #expect(zip(fit.parameters, [0.7, -0.4, 0.9]).allSatisfy { abs($0 - $1) < 1e-5 })
        #expect(fit.cost < 1e-10)
    }

    @Test func staysWithinBoundsAndIgnoresWeightlessPoints() {
        let fitter = LevenbergMarquardt(lower: [0], upper: [1])
        func mean(_ targets: [Double], _ weights: [Double]) -> Double {
            fitter.fit(start: [0.5], targets: targets, weights: weights) { _, p, derivatives in
                derivatives[0] = 1
                return p[0]
            }.parameters[0]
        }
        #expect(mean([3, 4], [1, 1]) == 1)
        #expect(abs(mean([0.2, 0.4, 99], [1, 1, 0]) - 0.3) < 1e-9)
    }

    @Test func familyDerivativesAgreeWithDifferences() {
        for family in EpochFamily.allCases {
            let p = family.fitter.lower.count == 4 ? [0.8, 0.5, 0.7, 1.2] : [0.8, 0.5, 0.7]
            var derivatives = [Double](repeating: 0, count: p.count)
            _ = family.value(time: 6, scale: 20, parameters: p, derivatives: &derivatives)
            for index in p.indices {
                var (above, below) = (p, p)
                above[index] += 1e-6
                below[index] -= 1e-6
                let numeric =
                    (family.value(time: 6, scale: 20, parameters: above)
                        - family.value(time: 6, scale: 20, parameters: below)) / 2e-6
                #expect(abs(numeric - derivatives[index]) < 1e-7)
            }
        }
    }
}
