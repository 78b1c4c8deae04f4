import Foundation
import Testing

@testable import LearningCurves

@Suite struct OutlookTests {
    private func observations(standardError: Double? = nil) -> [SizeObservation] {
        TestCurves.observations([20, 79, 198, 490], noise: 0.01) { 0.62 - 1.6 * pow($0, -0.52) }.map {
            var observation = $0
            observation.standardError = standardError
            return observation
        }
    }

    private func outlook(_ observations: [SizeObservation], _ query: EstimateQuery) throws -> Outlook {
        try #require(Outlook(observations, query: query, seed: 1))
    }

    /// More runs leave less open, and one beside the n that is asked for less than one far from it.
    @Test func runsNarrowWhereTheyTell() throws {
        let outlook = try outlook(observations(), EstimateQuery(targetDSC: 0.5))
        func width(_ sizes: [Int]) -> Double { outlook.width(after: sizes, outcomes: 60) }
        #expect(outlook.width > 0 && width([]) == outlook.width)
        #expect(width([198]) < 0.95 * outlook.width)
        #expect(width([198, 198, 198]) < width([198]))
        #expect(width([198]) < width([20]) && width([198]) < width([490]))
    }

    /// What is expected to be left is what is left, in the mean over what runs may come out at.
    @Test func whatIsExpectedComesTrue() throws {
        let query = EstimateQuery(targetDSC: 0.5)
        let before = observations()
        let outlook = try outlook(before, query)
        let expected = outlook.width(after: [120, 120], outcomes: 200)
        let ensemble = CurveEnsemble(DepthEvidence(before), samples: 60, seed: 7, movesWhole: false)
        var generator = SeededGenerator(seed: 3)
        let error = DepthEvidence(before).runError
        let widths = try ensemble.curves.map { curve in
            let runs = (1...2).map { seed in
                SizeObservation(
                    n: 120, dsc: curve.dsc(120) + error * curve.noiseScale * generator.normal(), seed: seed)
            }
            return try self.outlook(before + runs, query).width
        }
        #expect(abs(mean(widths) / expected - 1) < 0.25, "\(mean(widths)), not \(expected) of \(outlook.width)")
        #expect(expected < 0.9 * outlook.width)
    }

    /// The same runs, with test cases of which few or many were had: the error these share moves the whole curve, and no run
    /// narrows it.
    @Test func anErrorThatAllRunsShareHidesNoNarrowing() throws {
        let narrowings = try [0.001, 0.05].map { error in
            // Seeds that are repeated tell the noise of runs, whatever the standard errors.
            let runs = observations(standardError: error)
            let again = runs.map {
                var other = $0
                other.seed = 1
                other.dsc += 0.01
                return other
            }
            let outlook = try outlook(runs + again, EstimateQuery(targetDSC: 0.5))
            return 1 - outlook.width(after: [198], outcomes: 60) / outlook.width
        }
        #expect(narrowings[0] == narrowings[1] && narrowings[0] > 0.03, "\(narrowings)")
    }

    /// What lies beyond twice the sizes measured does not choose runs.
    @Test func whatIsFarOffCountsAsFar() throws {
        #expect(try outlook(observations(), EstimateQuery(targetDSC: 0.99)).width == 0)
        #expect(try outlook(observations(), EstimateQuery(targetDSC: 0.57)).width > 0)
    }

    @Test func tooFewSizesHaveNone() {
        #expect(Outlook(Array(observations().prefix(2)), query: EstimateQuery(), seed: 1) == nil)
        #expect(Outlook([], query: EstimateQuery(), seed: 1) == nil)
    }
}
