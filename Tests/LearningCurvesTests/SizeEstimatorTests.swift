import Foundation
import Testing

@testable import LearningCurves

@Suite struct SizeEstimatorTests {
    func estimate(_ observations: [SizeObservation], _ query: EstimateQuery = EstimateQuery()) throws -> SizeEstimate {
        try SizeEstimator.estimate(observations, query: query, seed: 1)
    }

    /// Everything a client could read is finite and in range.
    func expectSane(_ estimate: SizeEstimate, sourceLocation: SourceLocation = #_sourceLocation) {
        for depth in estimate.byDepth {
            for value in depth.curve {
                #expect(
                    (0...1).contains(value.dsc) && value.low <= value.dsc && value.dsc <= value.high,
                    sourceLocation: sourceLocation)
            }
            #expect(depth.curve.map(\.n) == depth.curve.map(\.n).sorted(), sourceLocation: sourceLocation)
            if let a = depth.asymptote {
                #expect(
                    0 <= a.low && a.low <= a.value && a.value <= a.high && a.high <= 1, sourceLocation: sourceLocation)
            }
            for size in [depth.nPlateau, depth.nTarget?.size].compactMap({ $0 }) {
                #expect(size.low <= size.value && size.value <= size.high ?? .max, sourceLocation: sourceLocation)
            }
            #expect(depth.families.allSatisfy { (0...1).contains($0.weight) }, sourceLocation: sourceLocation)
            #expect(
                depth.families.allSatisfy { $0.parameters.values.allSatisfy(\.isFinite) },
                sourceLocation: sourceLocation)
        }
        #expect(!estimate.advice.isEmpty, sourceLocation: sourceLocation)
        #expect(!estimate.advice.contains("nan") && !estimate.advice.contains("inf "), sourceLocation: sourceLocation)
    }

    /// Where one family explains everything, its probability is a sum that rounding can take above 1.
    @Test func aFamilyIsNeverMoreThanCertain() throws {
        expectSane(
            try estimate([
                SizeObservation(n: 133, dsc: 0.935715457860643, standardError: 0.39212145077098814),
                SizeObservation(n: 17_676, dsc: 0.8106582474908164),
                SizeObservation(n: 3_288_429, dsc: 0.49968259914073154),
                SizeObservation(n: 4_871_206, dsc: 0.9607675988022091),
            ]))
    }

    @Test func exactExponentialReachesItsPlateau() throws {
        // 0.4·(exp(−n/60) − exp(−490/60)) < 0.01 from n = 221 on.
        let result = try estimate(
            TestCurves.observations(TestCurves.sizes, truth: TestCurves.exponential), EstimateQuery(poolSize: 490))
        let plateau = try #require(result.nPlateau)
        #expect(result.status == .reached && result.plateauStatus == .reached)
        #expect(plateau.low <= 221 && 221 <= plateau.value && plateau.value <= 313)
        #expect(plateau.fraction == Double(plateau.value) / 490 && !plateau.extrapolated && !result.extrapolated)
        let asymptote = try #require(result.asymptote)
        #expect(abs(asymptote.value - 0.85) < 0.005)
        let best = try #require(result.families.max { $0.weight < $1.weight })
        #expect(best.name == "exponential")
        #expect(abs((best.parameters["c"] ?? 0) - 60) < 3)
        #expect(abs(result.families.reduce(0) { $0 + $1.weight } - 1) < 1e-12)
        expectSane(result)
    }

    @Test func exactPowerLawHasNotFlattened() throws {
        let result = try estimate(TestCurves.observations(TestCurves.sizes, truth: TestCurves.powerLaw))
        #expect(result.status == .notReached && result.nPlateau == nil)
        let gain = try #require(result.byDepth[0].gainOfDoubling)
        let truth = TestCurves.powerLaw(980) - TestCurves.powerLaw(490)
        #expect(gain.low < truth && truth < gain.high)
        #expect(result.advice.contains("DSC still rises by 0.02"), "\(result.advice)")
        #expect(result.advice.contains("690 and 980"), "\(result.advice)")
        let power = try #require(result.families.first { $0.name == "power_law" })
        #expect(abs((power.parameters["a"] ?? 0) - 0.9) < 0.005)
        #expect(abs((power.parameters["b"] ?? 0) - 2) < 0.1)
        #expect(abs((power.parameters["c"] ?? 0) - 0.5) < 0.02)
    }

    @Test func targetWithinBeyondAndOutOfReach() throws {
        let observations = TestCurves.observations(TestCurves.sizes, truth: TestCurves.powerLaw)
        func target(_ dsc: Double) throws -> (SizeEstimate.Target, SizeEstimate) {
            let result = try estimate(observations, EstimateQuery(targetDSC: dsc))
            expectSane(result)
            return (try #require(result.nTarget), result)
        }
        // 0.9 − 2·n^(−½) = t at n = 4/(0.9 − t)².
        let (within, withinResult) = try target(0.7)
        #expect(within.status == .reached && withinResult.status == .reached)
        #expect(withinResult.plateauStatus == .notReached)
        let size = try #require(within.size)
        #expect(size.low <= 100 && 100 <= size.value && size.value < 115 && !size.extrapolated)

        let (beyond, beyondResult) = try target(0.84)
        #expect(beyond.status == .notReached && beyondResult.status == .notReached)
        let far = try #require(beyond.size)
        #expect(far.low <= 1111 && 1111 <= far.high ?? .max && far.extrapolated && beyondResult.extrapolated)
        #expect(beyondResult.advice.contains("extrapolation"))

        let (never, neverResult) = try target(0.98)
        #expect(never.status == .notReached && never.size == nil)
        #expect(neverResult.advice.contains("out of reach"), "\(neverResult.advice)")
    }

    @Test func fewerThanThreeSizesAreInsufficient() throws {
        let two = [35, 140, 140].map { SizeObservation(n: $0, dsc: 0.7, layers: 4) }
        let result = try estimate(two, EstimateQuery(targetDSC: 0.8, poolSize: 490))
        #expect(result.status == .insufficientData && result.nPlateau == nil && result.asymptote == nil)
        #expect(result.nTarget?.status == .insufficientData && result.depth == nil)
        #expect(result.byDepth.count == 1 && result.byDepth[0].curve.isEmpty)
        #expect(result.advice.contains("at least 3") && result.advice.contains("280"), "\(result.advice)")

        let empty = try estimate([])
        #expect(empty.status == .insufficientData && empty.byDepth.isEmpty && empty.referenceN == 0)

        let ends = [35, 490].map { SizeObservation(n: $0, dsc: 0.7, layers: 4) }
        let between = try estimate(ends, EstimateQuery(poolSize: 490))
        #expect(between.advice.contains("120 and 250"), "\(between.advice)")
    }

    @Test(arguments: [
        [0.8, 0.8, 0.8, 0.8, 0.8], [1, 1, 1, 1, 1], [0, 0, 0, 0, 0], [0.8, 0.7, 0.6, 0.5, 0.4],
        [0.2, 0.9, 0.2, 0.9, 0.2], [0, 0, 0, 0, 1], [0.5, 1, 1, 1, 1], [0.1, 0.2, 0.3, 0.4, 0.5],
    ])
    func degenerateCurvesGiveSaneAnswers(values: [Double]) throws {
        for sizes in [[35, 70, 140, 280, 490], [1, 2, 3, 4, 5], [1, 10, 1000, 100_000, 100_000_000]] {
            for error in [nil, 0, 0.02, 1] {
                let observations = zip(sizes, values).map { SizeObservation(n: $0, dsc: $1, standardError: error) }
                for query in [EstimateQuery(), EstimateQuery(targetDSC: 0.75, maxN: 7, poolSize: 100)] {
                    expectSane(try SizeEstimator.estimate(observations, query: query, seed: 1, samples: 60))
                }
            }
        }
    }

    @Test func flatIsReachedAtTheSmallestSizes() throws {
        let result = try estimate(TestCurves.sizes.map { SizeObservation(n: $0, dsc: 0.8) })
        #expect(result.status == .reached)
        #expect(try #require(result.nPlateau).value <= 50)
    }

    @Test func noiseAsLargeAsTheGainIsNotReached() throws {
        let zigzag = TestCurves.sizes.enumerated().map {
            SizeObservation(n: $0.element, dsc: $0.offset % 2 == 0 ? 0.72 : 0.8)
        }
        let result = try estimate(zigzag)
        #expect(result.status == .notReached && result.nPlateau == nil)
        #expect(result.advice.contains("can't be excluded") || result.advice.contains("still rises"))
    }

    @Test func hasNoOpinionOnTheOrder() throws {
        var observations = [3, 5].flatMap { depth in
            TestCurves.observations(
                TestCurves.sizes, seeds: 3, noise: 0.01, generatorSeed: UInt64(depth), layers: depth,
                truth: TestCurves.exponential)
        }
        let query = EstimateQuery(targetDSC: 0.8, poolSize: 700)
        let first = try estimate(observations, query)
        observations.reverse()
        #expect(try estimate(observations, query) == first)
        var generator = SeededGenerator(seed: 4)
        observations.shuffle(using: &generator)
        #expect(try estimate(observations, query) == first)
        #expect(try SizeEstimator.estimate(observations, query: query, seed: 2) != first)
    }

    @Test func speaksOfTheBestDepth() throws {
        let observations =
            [3, 4, 5].flatMap { depth in
                TestCurves.observations(TestCurves.sizes, layers: depth) {
                    TestCurves.exponential($0) - 0.03 * abs(Double(depth) - 4)
                }
            } + [SizeObservation(n: 490, dsc: 0.99, layers: 6)]
        let result = try estimate(observations)
        #expect(result.depth == 4)
        #expect(result.byDepth.map(\.depth) == [3, 4, 5, 6])
        #expect(result.byDepth[3].status == .insufficientData)
        #expect(result.nPlateau == result.byDepth[1].nPlateau)
        #expect(result.advice.contains("depth 6"))
        #expect(result.evidence.count == observations.count)
    }

    @Test func referenceFollowsTheQuery() throws {
        let observations = TestCurves.observations(TestCurves.sizes, truth: TestCurves.exponential)
        #expect(try estimate(observations).referenceN == 490)
        #expect(try estimate(observations, EstimateQuery(poolSize: 700)).referenceN == 700)
        #expect(try estimate(observations, EstimateQuery(maxN: 600, poolSize: 700)).referenceN == 600)
        #expect(try estimate(observations, EstimateQuery(poolSize: 5000)).referenceN == 980)
    }

    @Test func precisionWeighsAndForecastsAreMarked() throws {
        var observations = TestCurves.observations(TestCurves.sizes, truth: TestCurves.exponential)
        for index in observations.indices { observations[index].standardError = 0.005 }
        // A wild forecast with a large error hardly matters.
        observations.append(
            SizeObservation(n: 490, dsc: 0.3, standardError: 0.3, isForecast: true, runID: "wild"))
        let result = try estimate(observations)
        #expect(abs(try #require(result.byDepth[0].curve.last).dsc - 0.85) < 0.01)
        #expect(result.assumptions.contains { $0.contains("1 of 9 values are forecasts") })
        #expect(result.evidence.contains { $0.runID == "wild" && $0.isForecast })
    }

    @Test func standardErrorsWidenTheAsymptote() throws {
        func width(_ error: Double?) throws -> Double {
            var observations = TestCurves.observations(TestCurves.sizes, truth: TestCurves.exponential)
            for index in observations.indices { observations[index].standardError = error }
            let asymptote = try #require(try estimate(observations).asymptote)
            return asymptote.high - asymptote.low
        }
        #expect(try width(0.03) > 2 * width(0.005))
    }

    @Test func badInputIsNamed() {
        func error(_ observation: SizeObservation, _ query: EstimateQuery = EstimateQuery()) -> String {
            do {
                _ = try estimate([SizeObservation(n: 1, dsc: 0.5), observation], query)
                return ""
            } catch { return "\(error)" }
        }
        let good = SizeObservation(n: 10, dsc: 0.5)
        #expect(error(good).isEmpty)
        #expect(error(SizeObservation(n: 0, dsc: 0.5)).contains("observation 1: n must be 1…"))
        #expect(error(SizeObservation(n: 5, dsc: .nan)).contains("observation 1: dsc must be 0…1"))
        #expect(error(SizeObservation(n: 5, dsc: 1.5)).contains("got 1.5"))
        #expect(error(SizeObservation(n: 5, dsc: 0.5, layers: -1)).contains("layers"))
        #expect(error(SizeObservation(n: 5, dsc: 0.5, standardError: -1)).contains("standard_error"))
        #expect(error(SizeObservation(n: 5, dsc: 0.5, standardError: .infinity)).contains("standard_error"))
        #expect(error(good, EstimateQuery(targetDSC: 1)).contains("target_dsc"))
        #expect(error(good, EstimateQuery(delta: 0)).contains("delta"))
        #expect(error(good, EstimateQuery(delta: .nan)).contains("delta"))
        #expect(error(good, EstimateQuery(confidence: 1)).contains("confidence"))
        #expect(error(good, EstimateQuery(maxN: 0)).contains("max_n"))
    }

    /// Whether seeds are repeated or not, a run's independent and its shared error make up its standard error.
    @Test(arguments: [1, 2]) func whatIsNotIndependentIsShared(seeds: Int) {
        let observations = (0..<seeds).flatMap { seed in
            [20, 40, 80].map { n in
                SizeObservation(
                    n: n, dsc: 0.5 + 0.01 * Double(seed), layers: 3, seed: seed, standardError: 0.03)
            }
        }
        let evidence = DepthEvidence(observations)
        for scale in [0.3, 0.6, 1.2] {
            let own = scale * evidence.runError
            let shared = evidence.sharedError(noiseScale: scale)
            #expect(abs(own * own + shared * shared - 0.03 * 0.03) < 1e-12)
        }
        #expect(evidence.sharedError(noiseScale: 100) == 0)
    }
}
