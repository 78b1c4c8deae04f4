import Foundation
import Testing

@testable import LearningCurves

/// Simulated sweeps with a known truth: how often the 90 % intervals hold it, and how often a curve that still rises is
/// called flat.
///
/// In 200 sweeps each of exponentials and power laws, one or three seeds, noise 0.005 to 0.02, the intervals of the
/// plateau held the truth in 87–99 %, those of the target in 83–100 %; a rising curve was called flat in at most 2 %.
@Suite struct EstimateCoverageTests {
    struct Truth: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let dsc: @Sendable (Double) -> Double
        let seeds: Int
        let noise: Double
    }

    static let sweeps = 200

    @Test(arguments: [
        Truth(testDescription: "exponential, 3 seeds", dsc: TestCurves.exponential, seeds: 3, noise: 0.01),
        Truth(testDescription: "power law, 3 seeds", dsc: TestCurves.powerLaw, seeds: 3, noise: 0.01),
        Truth(testDescription: "power law, 1 seed", dsc: TestCurves.powerLaw, seeds: 1, noise: 0.01),
    ])
    func intervalsHoldTheTruth(truth: Truth) throws {
        let reference = 490.0
        let delta = 0.01
        let target = truth.dsc(reference) - 0.03
        let plateau = try #require((1...490).first { truth.dsc(reference) - truth.dsc(Double($0)) < delta })
        let reaching = try #require((1...490).first { truth.dsc(Double($0)) >= target })
        let isFlat = truth.dsc(980) - truth.dsc(490) < delta
        var hits = (plateau: 0, target: 0, calledFlat: 0)
        for sweep in 0..<Self.sweeps {
            let observations = TestCurves.observations(
                TestCurves.sizes, seeds: truth.seeds, noise: truth.noise, generatorSeed: UInt64(1000 + sweep),
                truth: truth.dsc)
            let ensemble = CurveEnsemble(DepthEvidence(observations), samples: 60, seed: UInt64(sweep))
            func holds(_ sizes: [Double], _ n: Int) -> Int {
                let low = quantile(0.05, ofSorted: sizes).rounded(.down)
                let high = quantile(0.95, ofSorted: sizes).rounded(.up)
                return low <= Double(n) && Double(n) <= high ? 1 : 0
            }
            hits.plateau += holds(ensemble.sorted { $0.plateau(reference: reference, delta: delta) }, plateau)
            hits.target += holds(ensemble.sorted { $0.size(reaching: target, known: reference) }, reaching)
            let doubling = ensemble.sorted { $0.gain(from: reference, to: 2 * reference) }
            hits.calledFlat += quantile(0.9, ofSorted: doubling) < delta ? 1 : 0
        }
        let share = 1 / Double(Self.sweeps)
        #expect((0.8...1).contains(Double(hits.plateau) * share), "plateau: \(hits.plateau) of \(Self.sweeps)")
        #expect((0.78...1).contains(Double(hits.target) * share), "target: \(hits.target) of \(Self.sweeps)")
        if isFlat {
            #expect(Double(hits.calledFlat) * share > 0.5)
        } else {
            #expect(Double(hits.calledFlat) * share < 0.06)
        }
    }
}
