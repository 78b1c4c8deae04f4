import Foundation
import NeuralNets
import Synchronization
import Testing

@testable import LearningCurves

@Suite struct SurrogateTests {
    /// Enough to learn the simple curves below, in a debug build too.
    let effort = Surrogate.Effort(maximumPasses: 60, maximumSteps: 40_000, batchSize: 8, peakLearningRate: 0.01)

    func train(_ curves: [FinishedCurve], seed: UInt64 = 1, effort: Surrogate.Effort? = nil) -> TrainingOutcome {
        Surrogate.train(on: curves, version: 3, seed: seed, effort: effort ?? self.effort, shouldStop: { false })
    }

    func untrained() throws -> Surrogate {
        Surrogate(version: 1, model: LSTM(configuration: try Surrogate.configuration(), seed: 9))
    }

    @Test func beatsCurveFitsOnAShapeTheyDoNotKnow() throws {
        let outcome = train(TestCurves.finished(count: 40, epochs: 20, seed: 1))
        #expect(outcome.decision == .kept)
        #expect(outcome.trainingCurves == 32 && outcome.heldOutCurves == 8 && outcome.skippedCurves == 0)
        let surrogateLoss = try #require(outcome.surrogateLoss)
        let curveFitLoss = try #require(outcome.curveFitLoss)
        #expect(surrogateLoss < 0.7 * curveFitLoss)

        let surrogate = try #require(outcome.surrogate)
        let fresh = try #require(TestCurves.finished(count: 1, epochs: 20, seed: 99).first)
        let forecast = try Forecaster(surrogate: surrogate)
            .forecast(Array(fresh.points.prefix(8)), context: fresh.context)
        #expect(forecast.method == .surrogate && forecast.modelVersion == 3 && !forecast.final)
        let final = try Curve(fresh.points, totalEpochs: 20).finalDSC
        #expect(abs(forecast.quantiles.median - final) < 0.15)
        let complete = try Forecaster(surrogate: surrogate).forecast(fresh.points, context: fresh.context)
        #expect(complete.final && complete.method == .lastValue)
    }

    @Test func isDroppedWhenNoBetter() {
        var effort = effort
        effort.maximumPasses = 1
        effort.peakLearningRate = 0
        var generator = SeededGenerator(seed: 8)
        let curves = (0..<20).map { _ in
            FinishedCurve(
                context: TestCurves.context(epochs: 20),
                points: TestCurves.points(
                    TestCurves.rising(
                        epochs: 20, a: 0.6 + 0.3 * generator.uniform(), b: 0.4, c: 1, noise: 0, using: &generator)))
        }
        let outcome = train(curves, effort: effort)
        #expect(outcome.decision == .notBetter)
        #expect(outcome.surrogate == nil)
        #expect(outcome.surrogateLoss ?? 0 > outcome.curveFitLoss ?? .infinity)
    }

    @Test func sameSeedSameFigures() {
        var effort = effort
        effort.maximumPasses = 2
        let curves = TestCurves.finished(count: 30, epochs: 12, seed: 4)
        func figures(_ seed: UInt64) -> [Double?] {
            let outcome = train(curves, seed: seed, effort: effort)
            return [outcome.surrogateLoss, outcome.curveFitLoss]
        }
        #expect(figures(1) == figures(1))
        #expect(figures(1) != figures(2))
    }

    @Test func needsEnoughUsableCurves() {
        var curves = TestCurves.finished(count: Surrogate.minimumCurves + 1, epochs: 12, seed: 4)
        curves[0].points.removeLast()
        curves[1].points[3].valDSC = .nan
        let outcome = train(curves)
        #expect(outcome.decision == .tooFewCurves)
        #expect(outcome.skippedCurves == 2 && outcome.surrogate == nil && outcome.surrogateLoss == nil)
        #expect(train([]).decision == .tooFewCurves)
    }

    @Test func stopsWhenAsked() {
        let asked = Mutex(0)
        let outcome = Surrogate.train(on: TestCurves.finished(count: 20, epochs: 12, seed: 4), version: 1, seed: 1) {
            asked.withLock {
                $0 += 1
                return $0 > 3
            }
        }
        #expect(outcome.decision == .stopped && outcome.surrogate == nil)
        #expect(asked.withLock { $0 } == 4)
    }

    @Test func encodingRoundTrips() throws {
        let surrogate = try untrained()
        let decoded = try Surrogate(version: 7, bytes: surrogate.encoded())
        #expect(decoded.version == 7)
        #expect(decoded.model.parameters == surrogate.model.parameters)
    }

    @Test func damagedBytesAreRefused() throws {
        let bytes = try untrained().encoded()
        for cut in [0, 3, 10, 27, bytes.count / 2, bytes.count - 1] {
            #expect(throws: LearningCurvesError.self) { try Surrogate(version: 1, bytes: Array(bytes.prefix(cut))) }
        }
        for position in stride(from: 0, to: bytes.count, by: 997) + [4, bytes.count - 1] {
            var damaged = bytes
            damaged[position] ^= 0x10
            #expect(throws: LearningCurvesError.self, "byte \(position)") {
                try Surrogate(version: 1, bytes: damaged)
            }
        }
        #expect(throws: LearningCurvesError.self) { try Surrogate(version: 1, bytes: bytes + [0]) }
    }

    @Test func quantileGradientAgreesWithDifferences() {
        let raw: [Float] = [0.3, -1, 0.5, 2, -0.4]
        let slopes = [0.2, -0.5, 1, 0.7, -0.3]
        let gradient = QuantileHead.backward(raw: raw[...], gradient: slopes)
        for index in raw.indices {
            var (above, below) = (raw, raw)
            above[index] += 0.01
            below[index] -= 0.01
            func value(_ raw: [Float]) -> Double {
                zip(QuantileHead.quantiles(base: 0.5, raw: raw[...]), slopes).reduce(0) { $0 + $1.0 * $1.1 }
            }
            #expect(abs((value(above) - value(below)) / 0.02 - Double(gradient[index])) < 1e-4)
        }
        let quantiles = QuantileHead.quantiles(base: 0.5, raw: [0, -90, -90, 90, 90][...])
        #expect(quantiles == quantiles.sorted())
    }

    /// The features of a prefix are the first steps of those of the whole curve.
    @Test func featuresNeverLookAhead() throws {
        let context = TestCurves.context(epochs: 300)
        let whole = try Curve(TestCurves.points((1...300).map { 0.8 - 0.7 / Double($0) }), totalEpochs: 300)
        let all = SurrogateFeatures(whole, context: context)
        #expect(all.bases.count == SurrogateFeatures.maximumBlocks)
        let blockEnd = 150  // 300 epochs in 64 blocks: the 32nd block ends here.
        let prefix = SurrogateFeatures(try #require(whole.prefix(through: blockEnd)), context: context)
        #expect(prefix.values == Array(all.values.prefix(prefix.values.count)))
        #expect(prefix.bases.count == 32)
    }
}
