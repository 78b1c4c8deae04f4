import Testing

@testable import LearningCurves

@Suite struct CurvePriorTests {
    let drawn: [FinishedCurve] = {
        var prior = CurvePrior(seed: 11)
        return (0..<600).map { _ in prior.next() }
    }()

    @Test func everyCurveIsWholeAndValid() throws {
        for finished in drawn {
            try finished.context.validate()
            let curve = try Curve(finished.points, totalEpochs: finished.context.totalEpochs)
            #expect(curve.isComplete)
            #expect(curve.points.count == min(curve.totalEpochs, 100))
            #expect((3...2000).contains(curve.totalEpochs))
        }
        #expect(drawn.prefix(30).allSatisfy { TrainingExample($0) != nil })
    }

    @Test func theSameSeedDrawsTheSameCurves() {
        var (one, other) = (CurvePrior(seed: 11), CurvePrior(seed: 12))
        let again = (0..<5).map { _ in one.next().points }
        #expect(again == drawn.prefix(5).map(\.points))
        #expect(again != (0..<5).map { _ in other.next().points })
    }

    /// Mean step from point to point.
    func roughness(_ values: ArraySlice<Double>) -> Double {
        mean(zip(values, values.dropFirst()).map { abs($0 - $1) })
    }

    /// What the surrogate must have met: short and long runs, high and low ends, late take-offs, declines, stillness and
    /// noise.
    @Test func itHoldsWhatTrainingsDo() throws {
        let curves = try drawn.map { try Curve($0.points, totalEpochs: $0.context.totalEpochs) }
        let dsc = curves.map { $0.points.map(\.valDSC) }
        func count<Element>(_ all: [Element], _ isTrue: (Element) -> Bool) -> Int { all.filter(isTrue).count }
        let long: [[Double]] = dsc.filter { $0.count == 100 }
        let found: [(String, Int, atLeast: Int)] = [
            ("short runs", count(curves) { $0.totalEpochs < 10 }, 20),
            ("long runs", count(curves) { $0.totalEpochs > 500 }, 60),
            ("high ends", count(curves) { $0.finalDSC > 0.95 }, 30),
            ("low ends", count(curves) { $0.finalDSC < 0.4 }, 30),
            ("late take-offs", count(long) { $0[4] < 0.02 && $0[99] > 0.2 }, 3),
            ("declines", count(long) { ($0.max() ?? 0) > $0[99] + 0.02 }, 20),
            ("plateaus", count(long) { abs($0[99] - $0[30]) < 0.005 }, 20),
            ("rises to the end", count(long) { $0[99] > $0[30] + 0.03 }, 40),
            ("noise that shrinks", count(long) { roughness($0[30..<60]) > 1.5 * roughness($0[70..<100]) }, 80),
            ("train losses", count(drawn) { $0.points[0].trainLoss != nil }, 200),
            ("no validation losses", count(drawn) { $0.points[0].valLoss == nil }, 200),
            ("unknown sizes", count(drawn) { $0.context.size == nil }, 200),
            ("known sizes", count(drawn) { $0.context.size != nil }, 200),
        ]
        for (what, number, least) in found { #expect(number >= least, "\(what): \(number)") }
    }
}
