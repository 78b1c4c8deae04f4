import Foundation
import Testing

@testable import LearningCurves

@Suite struct EstimateEvaluationTests {
    /// 16, 23, 32, … up to 4096.
    static let sizes = (0...16).map { Int((16 * pow(2, Double($0) / 2)).rounded()) }

    func study(
        task: String = "a", sizes: [Int] = sizes, noise: Double = 0, seed: UInt64 = 1, _ truth: (Double) -> Double
    ) throws -> SizeStudy {
        var observations = TestCurves.observations(sizes, noise: noise, generatorSeed: seed, truth: truth)
        for index in observations.indices { observations[index].standardError = max(0.005, noise) }
        return try SizeStudy(name: "s", task: task, observations: observations)
    }

    @Test func fallingNeighboursArePooled() {
        #expect(isotonicFit([1, 2, 3], weights: [1, 1, 1]) == [1, 2, 3])
        #expect(isotonicFit([1, 3, 2, 4], weights: [1, 1, 3, 1]) == [1, 2.25, 2.25, 4])
        #expect(isotonicFit([3, 2, 1], weights: [1, 1, 1]) == [2, 2, 2])
        #expect(isotonicFit([5, 2, 2, 4], weights: [1, 1, 1, 1]) == [3, 3, 3, 4])
        #expect(isotonicFit([], weights: []).isEmpty)
    }

    /// ln(0.99·f(N)) lies where the curve crosses it, within what a straight line between sizes makes of it.
    @Test func theTrueSizeIsWhereTheCurveReachesItsShare() throws {
        let powerLaw = try study { 0.9 - 2 * pow($0, -0.7) }
        let target = 0.99 * (0.9 - 2 * pow(4096, -0.7))
        let exact = pow((0.9 - target) / 2, -1 / 0.7)
        #expect(abs(log(powerLaw.trueSize / exact)) < 0.05)
        // A flat curve, and one that falls, are where they end from the start.
        #expect(try study { _ in 0.8 }.trueSize == 16)
        #expect(try study { 0.8 - 0.02 * log($0 / 16) }.trueSize == 16)
        // What is reached before a dip is not reached for good, and one lucky size is not enough.
        let dip = try study { $0 < 100 ? 0.9 : $0 < 1000 ? 0.6 : 0.9 }
        #expect(dip.trueSize > 720)
        let lucky = try study { $0 == 64 ? 0.9 : 0.9 - 10 / $0 }
        #expect(lucky.trueSize > 600)
    }

    @Test func cutsKeepTheSizesBelowThem() throws {
        let study = try study { 0.9 - 2 * pow($0, -0.7) }
        #expect(try #require(study.prefix(at: SizeCut(share: 0.2))).largest == 724)
        #expect(try #require(study.prefix(at: SizeCut(share: 0.6))).largest == 2048)
        let short = try self.study(sizes: [10, 50, 60, 70, 100]) { _ in 0.5 }
        #expect(short.prefix(at: SizeCut(share: 0.2)) == nil)
        #expect(throws: LearningCurvesError.self) { try self.study(sizes: [1, 2, 3, 4]) { _ in 0.5 } }
        #expect(throws: LearningCurvesError.self) {
            try SizeStudy(
                name: "s", task: "a", observations: (1...6).map { SizeObservation(n: $0, dsc: $0 == 3 ? 1.5 : 0.5) })
        }
    }

    /// Each family finds the curve that it is made for.
    @Test func singleFamiliesRecoverThemselves() throws {
        func errors(_ baseline: BaselineEstimate, _ truth: (Double) -> Double) throws -> (size: Double, score: Double) {
            let study = try study(truth)
            let evidence = try #require(study.prefix(at: SizeCut(share: 0.4)))
            let answer = BaselineEstimate.answer(
                evidence, curve: baseline.curve(evidence), fullSize: study.fullSize)
            return (abs(log(answer.size / study.trueSize)), abs(answer.score - study.fullScore))
        }
        let curves: [(BaselineEstimate, (Double) -> Double)] = [
            (.pow3, { 0.9 - 2 * pow($0, -0.7) }), (.exp3, { 0.9 - 0.6 * exp(-$0 / 300) }),
            (.mmf4, { 0.9 - 0.6 / (1 + pow($0 / 100, 1.2)) }), (.wbl4, { 0.9 - 0.7 * exp(-pow($0 / 60, 0.6)) }),
        ]
        for (baseline, truth) in curves {
            let (size, score) = try errors(baseline, truth)
            #expect(size < 0.08 && score < 0.003, "\(baseline.rawValue): \(size), \(score)")
        }
        let (size, score) = try errors(.last) { 0.9 - 2 * pow($0, -0.7) }
        #expect(size > 0.3 && score > 0.003)
    }

    @Test func aTableTellsCoverageAndRatios() throws {
        let studies = try (0..<12).map { index in
            try study(task: "t\(index % 3)", noise: 0.01, seed: UInt64(index)) {
                0.9 - 2 * pow($0, -0.5 - 0.03 * Double(index))
            }
        }
        let table = try EstimateEvaluation.table(studies)
        let methods = ["last", "pow3", "exp3", "MMF4", "WBL4", "estimate"]
        #expect(table.rows.map(\.method) == methods + methods.map { "\($0), measured" })
        #expect(table.judged == [12, 12, 12] && table.studies == 12 && table.tasks == 3)
        let (last, ours) = (table.rows[0].cuts[0], table.rows[5].cuts[0])
        #expect(last.sizeCoverage == nil && last.scoreComparison == nil && last.medianLogRatio < 0)
        #expect(last.medianAbsoluteLogRatio > ours.medianAbsoluteLogRatio)
        let comparison = try #require(ours.sizeComparison)
        #expect(comparison.low <= comparison.ratio && comparison.ratio <= comparison.high)
        #expect(comparison.baseline != "last")
        #expect(try #require(ours.sizeCoverage) >= 0.6 && (ours.scoreCoverage ?? 0) >= 0.6)
        #expect(try #require(ours.sizeWidth) > 0 && (ours.scoreWidth ?? 0) > 0)
        let measured = table.rows[11].cuts[0]
        #expect(measured.sizeComparison?.baseline == comparison.baseline && table.rows[7].cuts[0].sizeComparison == nil)
        #expect(try #require(measured.sizeCoverage) >= 0.6 && (measured.scoreCoverage ?? 0) >= 0.6)
    }

    /// With the scores that were measured in the end, a continued study is the study itself.
    @Test func aContinuedStudyKeepsWhatWasMeasured() throws {
        let study = try study(noise: 0.01, seed: 3) { 0.9 - 2 * pow($0, -0.7) }
        let seen = try #require(study.prefix(at: SizeCut(share: 0.2)))
        let continued = ContinuedStudy(seen, of: study)
        #expect(seen.sizes + continued.sizes == study.evidence.sizes)
        let rest = Array(study.evidence.means.suffix(continued.sizes.count))
        #expect(abs(continued.trueSize(rest) - study.trueSize) < 1e-9 * study.trueSize)
        // It is there already where nothing more is gained, and later where much is.
        #expect(continued.trueSize(continued.sizes.map { _ in seen.means[seen.means.count - 1] }) <= seen.largest)
        #expect(continued.trueSize(continued.sizes.map { _ in 0.95 }) > seen.largest)
    }

    /// Runs at the sizes left scatter around their curve as those before the cut did.
    @Test func continuedScoresScatterAsRunsDo() throws {
        let study = try study(noise: 0.02) { _ in 0.5 }
        let seen = try #require(study.prefix(at: SizeCut(share: 0.6)))
        let continued = ContinuedStudy(seen, of: study)
        let knots = DrawnCurve.Knots(study.evidence.sizes)
        let curve = DrawnCurve(
            .constant, .init(), asymptote: 0.5, gap: 0, origin: 16, noiseScale: 0.5, knots: knots,
            straying: knots.sizes.map { _ in 0 })
        var generator = SeededGenerator(seed: 5)
        let scores = (0..<500).flatMap { _ in continued.scores(on: curve, using: &generator) }
        let deviation = (scores.reduce(0) { $0 + ($1 - 0.5) * ($1 - 0.5) } / Double(scores.count)).squareRoot()
        #expect(abs(deviation / (0.5 * seen.runError) - 1) < 0.1)
    }

    /// The true n is one of measured scores: of flat curves, it is wherever noise puts it.
    @Test func whatWillBeMeasuredIsCovered() throws {
        var held = (expected: 0, measured: 0)
        for seed in 1...60 {
            let study = try study(noise: 0.01, seed: UInt64(seed)) { _ in 0.6 }
            let evidence = try #require(study.prefix(at: SizeCut(share: 0.4)))
            let ours = JudgedEstimate.ours(evidence, of: study, seed: 1)
            if ours.expected.size.isCovered { held.expected += 1 }
            if ours.measured.size.isCovered { held.measured += 1 }
        }
        #expect(held.measured >= 51, "\(held) of 60")
        #expect(held.measured >= held.expected, "\(held) of 60")
    }

    @Test func studiesThatAreTooShortAreNamed() throws {
        let studies = [try study(sizes: [10, 50, 60, 70, 100]) { _ in 0.5 }]
        #expect {
            try EstimateEvaluation.table(studies)
        } throws: {
            "\($0)".contains("at least 3 sizes up to 20 % of the largest")
        }
    }

    /// Curves drawn together scatter more than curves drawn one by one.
    @Test func groupsAreDrawnWhole() throws {
        let errors: [Double] = (0..<40).map { $0 < 20 ? 1 : 2 }
        let baseline = [Double](repeating: 1, count: 40)
        let single = try #require(PairedBootstrap.interval(errors, over: baseline, seed: 1))
        let grouped = try #require(
            PairedBootstrap.interval(errors, over: baseline, groups: [Array(0..<20), Array(20..<40)], seed: 1))
        #expect(grouped.low == 1 && grouped.high == 2 && single.low > 1.2 && single.high < 1.8)
        let medians = try #require(PairedBootstrap.interval(errors, over: baseline, seed: 1, of: median))
        #expect(medians.low == 1 && medians.high == 2)
    }
}
