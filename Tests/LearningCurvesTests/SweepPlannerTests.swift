import Foundation
import Testing

@testable import LearningCurves

/// Plans of sweeps whose true curves are known.
@Suite struct SweepPlannerTests {
    /// A sweep over drawn outcomes: per depth a − b·n^(−c), and noise from run to run.
    private struct Truth {
        var curves: [Int: (a: Double, b: Double, c: Double)]
        var sizes = [20, 32, 50, 79, 124, 196, 310, 490]
        var seeds = [0, 1]
        var noise = 0.01
        var stepsPerRun = 100
        var draw: UInt64 = 1

        var cells: [SweepCell] {
            seeds.flatMap { seed in
                sizes.flatMap { n in
                    curves.keys.sorted().map {
                        SweepCell(n: n, layers: $0, seed: seed, steps: stepsPerRun, cost: Double(stepsPerRun * $0))
                    }
                }
            }
        }

        func dsc(_ n: Int, _ layers: Int) -> Double {
            guard let curve = curves[layers] else { return 0 }
            return curve.a - curve.b * pow(Double(n), -curve.c)
        }

        func outcome(_ cell: SweepCell) -> SizeObservation {
            let key = draw &* 1_000_003 &+ UInt64(cell.n * 1000 + cell.layers * 100 + cell.seed)
            var generator = SeededGenerator(seed: key)
            return SizeObservation(
                n: cell.n, dsc: dsc(cell.n, cell.layers) + noise * generator.normal(), layers: cell.layers,
                seed: cell.seed, standardError: 0.01)
        }
    }

    private struct Course {
        var ran: [SweepCell] = []
        var observations: [SizeObservation] = []
        var end: SweepPlan.End?
        var dropped: [Int] = []
    }

    /// One run after another, to the end.
    private func train(_ truth: Truth, _ planner: SweepPlanner, maxSteps: Int? = nil) throws -> Course {
        var course = Course()
        while course.ran.count <= truth.cells.count {
            let plan = try planner.plan(
                observations: course.observations, underWay: [],
                candidates: truth.cells.filter { !course.ran.contains($0) },
                stepsLeft: maxSteps.map { $0 - course.ran.reduce(0) { $0 + $1.steps } })
            course.dropped = plan.droppedDepths
            switch plan.decision {
            case .run(let cell):
                #expect(!course.ran.contains(cell) && truth.cells.contains(cell))
                course.ran.append(cell)
                course.observations.append(truth.outcome(cell))
            case .wait:
                Issue.record("waits for nothing")
                return course
            case .end(let end):
                course.end = end
                return course
            }
        }
        return course
    }

    private static let polyps = Truth(curves: [
        3: (0.62, 1.6, 0.52), 4: (0.57, 1.6, 0.5), 5: (0.53, 1.5, 0.5), 6: (0.5, 1.5, 0.5),
    ])

    @Test func findsTheNumberWithFewOfTheRuns() throws {
        let query = EstimateQuery(targetDSC: 0.5)
        // A quarter of the steps of all.
        let course = try train(Self.polyps, SweepPlanner(query: query, precision: 0.3), maxSteps: 1600)
        #expect(course.ran.count <= 16 && Self.polyps.cells.count == 64)
        #expect(course.dropped.contains(6) && course.dropped.contains(5))
        let estimate = try SizeEstimator.estimate(course.observations, query: query, seed: 0)
        #expect(estimate.depth == 3)
        // 0.62 − 1.6·n^(−0.52) = 0.5
        let truth = pow(1.6 / 0.12, 1 / 0.52)
        let size = try #require(estimate.nTarget?.size)
        #expect(Double(size.low) <= truth && truth <= Double(size.high ?? .max), "\(size) \(truth)")
    }

    @Test func beginsWithOneRunOfEachDepthAtOneSize() throws {
        let planner = SweepPlanner(query: EstimateQuery(), precision: 0.3)
        var underWay: [SweepCell] = []
        while underWay.count < 10 {
            let plan = try planner.plan(
                observations: [], underWay: underWay,
                candidates: Self.polyps.cells.filter { !underWay.contains($0) })
            guard case .run(let cell) = plan.decision else {
                #expect(plan.decision == .wait)
                break
            }
            underWay.append(cell)
        }
        // The cheapest, of equally cheap ones the largest.
        #expect(underWay.map(\.layers) == [3, 4, 5, 6] && underWay.allSatisfy { $0.n == 490 })
    }

    @Test func aLoneDepthNeedsNoComparison() throws {
        let planner = SweepPlanner(query: EstimateQuery(), precision: 0.3)
        let truth = Truth(curves: [4: (0.8, 1, 0.6)])
        var underWay: [SweepCell] = []
        for _ in 0..<3 {
            let plan = try planner.plan(
                observations: [], underWay: underWay, candidates: truth.cells.filter { !underWay.contains($0) })
            guard case .run(let cell) = plan.decision else {
                Issue.record("\(plan)")
                return
            }
            underWay.append(cell)
        }
        #expect(underWay.map(\.n) == [490, 124, 20])
    }

    @Test func whatCostsLessByItsSizeIsComparedWhereItIsCheap() throws {
        let planner = SweepPlanner(query: EstimateQuery(), precision: 0.3)
        let cells = Self.polyps.cells.map { cell in
            SweepCell(
                n: cell.n, layers: cell.layers, seed: cell.seed, steps: cell.n, cost: Double(cell.n * cell.layers))
        }
        let plan = try planner.plan(observations: [], underWay: [], candidates: cells)
        // The smallest of the upper half: √(20 · 490) is 99.
        #expect(plan.decision == .run(try #require(cells.first { $0.n == 124 && $0.layers == 3 })))
    }

    @Test func staysWithinItsBudget() throws {
        let planner = SweepPlanner(query: EstimateQuery(targetDSC: 0.5), precision: 0.01)
        let course = try train(Self.polyps, planner, maxSteps: 550)
        #expect(course.end == .budget && course.ran.count == 5)
    }

    @Test func endsWhereTheAnswerIsPreciseEnough() throws {
        let course = try train(Self.polyps, SweepPlanner(query: EstimateQuery(targetDSC: 0.5), precision: 10))
        #expect(course.end == .precise)
        let sizes = Set(course.observations.filter { $0.layers == 3 }.map(\.n))
        #expect(sizes.count >= 3)
    }

    @Test func anEqualDepthIsNotDropped() throws {
        var truth = Truth(curves: [3: (0.62, 1.6, 0.52), 4: (0.62, 1.6, 0.52)])
        truth.seeds = [0]
        let planner = SweepPlanner(query: EstimateQuery(targetDSC: 0.5), precision: 0.01)
        let course = try train(truth, planner, maxSteps: 1200)
        #expect(course.dropped.isEmpty)
        #expect(Set(course.ran.map(\.layers)) == [3, 4])
    }

    @Test func theOrderOfTheInputsDoesNotMatter() throws {
        let planner = SweepPlanner(query: EstimateQuery(targetDSC: 0.5), precision: 0.3)
        let course = try train(Self.polyps, planner, maxSteps: 900)
        let left = Self.polyps.cells.filter { !course.ran.contains($0) }
        let plan = try planner.plan(observations: course.observations, underWay: [], candidates: left)
        var generator = SeededGenerator(seed: 5)
        let shuffled = try planner.plan(
            observations: course.observations.shuffled(using: &generator), underWay: [],
            candidates: left.shuffled(using: &generator))
        #expect(plan == shuffled)
    }

    @Test func whatIsUnderWayIsNotChosenAgainAndEndsNothing() throws {
        let planner = SweepPlanner(query: EstimateQuery(targetDSC: 0.5), precision: 0.01)
        let course = try train(Self.polyps, planner, maxSteps: 900)
        let left = Self.polyps.cells.filter { !course.ran.contains($0) && $0.layers == 3 }
        let one = try #require(left.first)
        #expect(
            try planner.plan(observations: course.observations, underWay: [one], candidates: []).decision == .wait)
        let plan = try planner.plan(
            observations: course.observations, underWay: [one], candidates: left.filter { $0 != one })
        if case .run(let cell) = plan.decision { #expect(cell != one) }
    }

    @Test func nothingLeftIsExhausted() throws {
        let planner = SweepPlanner(query: EstimateQuery(), precision: 0.3)
        let plan = try planner.plan(observations: [], underWay: [], candidates: [])
        #expect(plan == SweepPlan(decision: .end(.exhausted), droppedDepths: []))
    }

    @Test func theNoiseOfDepthsIsWhatAnEstimateAssumes() {
        func noise(_ standardError: Double?) -> Double {
            DepthContest(
                [SizeObservation(n: 50, dsc: 0.5, layers: 3, standardError: standardError)], leastSize: 1
            ).noise
        }
        #expect(abs(noise(0.02) - 0.02 / 2.0.squareRoot()) < 1e-12)
        #expect(abs(noise(nil) - 0.01) < 1e-12 && abs(noise(0) - 0.004) < 1e-12)
    }
}
