import Foundation
import Testing

@testable import LearningCurves

@Suite struct ForecastEvaluationTests {
    func study(_ values: [Double], task: String = "a") throws -> StudyCurve {
        try StudyCurve(
            name: "c", task: task, context: RunContext(totalEpochs: values.count), points: TestCurves.points(values))
    }

    func rising(_ count: Int, epochs: Int) throws -> [StudyCurve] {
        var generator = SeededGenerator(seed: 7)
        return try (0..<count).map { _ in
            try study(
                TestCurves.rising(
                    epochs: epochs, a: 0.6 + 0.3 * generator.uniform(), b: 0.5, c: 0.6, noise: 0.004,
                    using: &generator))
        }
    }

    @Test func cutsGiveThreePointsAtLeastAndNeverAll() {
        let cut = ForecastCut(share: 0.05)
        let counts: [Int] = [4, 20, 60, 80, 100].map { cut.points(of: $0) }
        #expect(counts == [3, 3, 3, 4, 5])
        #expect(ForecastCut(share: 0.6).points(of: 4) == 3)
        let cuts: [Int] = ForecastCut.all.map { $0.points(of: 100) }
        #expect(cuts == [5, 10, 20, 40, 60])
    }

    @Test func longCurvesAreAveraged() throws {
        let curve = try study((1...1000).map { Double($0) / 1000 }).curve
        #expect(curve.points.count == 100)
        #expect(curve.points[0].epoch == 10)
        #expect(abs(curve.points[0].valDSC - 0.0055) < 1e-12)
        // The mean of the last five blocks, epochs 951 to 1000.
        #expect(abs(curve.finalDSC - 0.9755) < 1e-12)
        #expect(try study((1...7).map { Double($0) / 10 }).curve.points.count == 7)
    }

    @Test func curvesThatCannotBeJudgedAreRefused() throws {
        #expect(throws: LearningCurvesError.self) { try study([0.1, 0.2, 0.3]) }
        #expect(throws: LearningCurvesError.self) { try study([0.1, 0.2, 0.3, 1.5]) }
        #expect {
            try StudyCurve(
                name: "c", task: "a", context: RunContext(totalEpochs: 9),
                points: TestCurves.points([0.1, 0.2, 0.3, 0.4]))
        } throws: {
            "\($0)".contains("ends at epoch 4 of 9")
        }
    }

    /// Nobody is judged on the task whose curves it was made of.
    @Test func eachTaskIsLeftOut() throws {
        let curves = try [("a", 5), ("a", 6), ("b", 7)].map { task, epochs in
            try study((1...epochs).map { Double($0) / 10 }, task: task)
        }
        var seen: [[Int]] = []
        let contender = Contender.leavingOneTaskOut(name: "c", curves) { others in
            seen.append(others.map(\.points.count).sorted())
            return others.count == 1 ? .shipped : Surrogate.shipped.calibrated(on: [])
        }
        #expect(seen.sorted { $0.count < $1.count } == [[7], [5, 6]])
        let prefix = Array(TestCurves.points([0.1, 0.2, 0.3]))
        func width(_ task: String) throws -> Double {
            let values = try contender.forecaster(task).forecast(prefix, context: RunContext(totalEpochs: 9))
                .quantiles.values
            return values[4] - values[0]
        }
        // That of b is calibrated on nothing, and so a little wider.
        #expect(try width("a") < width("b"))
    }

    /// Each baseline finds the curve that it is made for.
    @Test func baselinesRecoverTheirFamilies() throws {
        func error(_ baseline: BaselineForecast, _ value: (Double) -> Double) throws -> Double {
            let study = try study((1...100).map { value(Double($0)) })
            return abs(baseline.final(study.prefix(at: ForecastCut(share: 0.4))) - study.curve.finalDSC)
        }
        let powerLaw: (Double) -> Double = { 0.9 - 0.6 * pow($0, -0.7) }
        let exponential: (Double) -> Double = { 0.9 - 0.6 * exp(-$0 / 20) }
        let mmf: (Double) -> Double = { 0.9 - 0.7 / (1 + pow(0.1 * $0, 1.5)) }
        let peak: (Double) -> Double = { $0 == 5 ? 0.9 : 0.4 }
        #expect(try error(.pow3, powerLaw) < 1e-3)
        #expect(try error(.exp3, exponential) < 1e-3)
        #expect(try error(.mmf4, mmf) < 2e-3)
        #expect(abs(try error(.lastValue, peak)) < 1e-12)
        #expect(try error(.bestSoFar, peak) > 0.4)
    }

    @Test func baselinesAreFiniteOnStrangeCurves() throws {
        for values in ForecasterTests.strangeCurves {
            for baseline in BaselineForecast.allCases {
                for count in 1...values.count {
                    let curve = try Curve(TestCurves.points(Array(values.prefix(count))), totalEpochs: 100)
                    #expect((0...1).contains(baseline.final(curve)))
                }
            }
        }
    }

    @Test func aTableTellsGoodFromBad() throws {
        let curves = try rising(12, epochs: 60)
        var steps = SurrogatePretraining()
        steps.steps = 1
        steps.batchSize = 2
        let untrained = try steps.train(seed: 1)
        let table = try ForecastEvaluation.table(
            curves,
            contenders: [
                Contender(name: "good") { _ in Forecaster(surrogate: .shipped) },
                Contender(name: "bad") { _ in Forecaster(surrogate: untrained) },
            ])
        let methods: [String] = table.rows.map(\.method)
        #expect(methods == ["last value", "best so far", "pow3", "exp3", "MMF4", "good", "bad"])
        #expect(table.curves == 12 && table.tasks == ["a": 12])
        let (last, good, bad) = (table.rows[0].cuts[2], table.rows[5].cuts[2], table.rows[6].cuts[2])
        #expect(good.meanAbsoluteError < 0.6 * last.meanAbsoluteError)
        #expect(good.meanAbsoluteError < bad.meanAbsoluteError)
        #expect(last.coverage == nil && last.comparison == nil)
        let comparison = try #require(good.comparison)
        #expect(comparison.low <= comparison.ratio && comparison.ratio <= comparison.high)
        #expect(try #require(good.rankCorrelation) > 0.9)
        #expect(try #require(good.coverage) >= 0.75)
    }

    /// A flat curve leaves the baselines no error to compare with.
    @Test func noComparisonWithAPerfectBaseline() throws {
        let curves = [try study([Double](repeating: 0.5, count: 40))]
        let table = try ForecastEvaluation.table(
            curves, contenders: [Contender(name: "ours") { _ in Forecaster(surrogate: .shipped) }])
        #expect(table.rows[5].cuts.allSatisfy { $0.comparison == nil })
    }

    @Test func bootstrapIntervals() throws {
        let errors: [Double] = (1...50).map { 0.01 * Double($0) }
        let halves: [Double] = errors.map { $0 / 2 }
        let halved = try #require(PairedBootstrap.interval(halves, over: errors, seed: 1))
        // Every pair has the same ratio, so every resample has.
        #expect(abs(halved.low - 0.5) < 1e-12 && abs(halved.high - 0.5) < 1e-12)
        let shuffled = try #require(PairedBootstrap.interval(errors.reversed(), over: errors, seed: 1))
        #expect(shuffled.low < 0.85 && shuffled.high > 1.15)
        #expect(PairedBootstrap.interval([0.1, 0.2], over: [0, 0], seed: 1) == nil)
    }

    @Test func rankCorrelations() {
        #expect(rankCorrelation([1, 2, 3, 4], [10, 20, 30, 400]) == 1)
        #expect(rankCorrelation([1, 2, 3, 4], [4, 3, 2, 1]) == -1)
        #expect(rankCorrelation([1, 1, 1], [1, 2, 3]) == nil)
        // Ranks 0.5, 0.5, 2 with 0, 1, 2: 1.5 / √(1.5 · 2).
        let tied = rankCorrelation([5, 5, 9], [1, 2, 3]) ?? 0
        let expected = 1.5 / 3.0.squareRoot()
        #expect(abs(tied - expected) < 1e-12)
    }
}
