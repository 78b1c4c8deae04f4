import CResources
import Foundation
import Locks
import NeuralNets
import Testing

@testable import LearningCurves

@Suite struct SurrogateTests {
    /// Enough to learn the simple curves below, in a debug build too.
    let effort = Surrogate.Effort(steps: 30, curvesPerStep: 6, peakLearningRate: 0.004)

    func refine(_ curves: [FinishedCurve], seed: UInt64 = 1, effort: Surrogate.Effort? = nil) -> RefiningOutcome {
        Surrogate.shipped.refined(
            on: curves, version: 3, seed: seed, effort: effort ?? self.effort, shouldStop: { false })
    }

    func untrained() throws -> Surrogate {
        let configuration = try Surrogate.configuration()
        return try Surrogate(
            version: 1, provenance: "a test",
            models: (0..<UInt64(Surrogate.members)).map { LSTM(configuration: configuration, seed: $0) })
    }

    @Test func learnsAShapeThatItDidNotExpect() throws {
        let outcome = refine(TestCurves.finished(count: 40, epochs: 20, seed: 1))
        #expect(outcome.decision == .kept)
        #expect(outcome.trainingCurves == 32 && outcome.heldOutCurves == 8 && outcome.skippedCurves == 0)
        let refinedLoss = try #require(outcome.refinedLoss)
        let currentLoss = try #require(outcome.currentLoss)
        #expect(refinedLoss < 0.8 * currentLoss)

        let surrogate = try #require(outcome.surrogate)
        #expect(surrogate.provenance.contains("32 curves"))
        let fresh = try #require(TestCurves.finished(count: 1, epochs: 20, seed: 99).first)
        let forecast = try Forecaster(surrogate: surrogate)
            .forecast(Array(fresh.points.prefix(8)), context: fresh.context)
        #expect(forecast.method == .surrogate && forecast.modelVersion == 3 && !forecast.final)
        let final = try Curve(fresh.points, totalEpochs: 20).finalDSC
        #expect(abs(forecast.quantiles.median - final) < 0.15)
        let complete = try Forecaster(surrogate: surrogate).forecast(fresh.points, context: fresh.context)
        #expect(complete.final && complete.method == .lastValue)
    }

    @Test func isDroppedWhenNoBetter() throws {
        let still = Surrogate.Effort(steps: 1, curvesPerStep: 8, peakLearningRate: 0)
        // Not the program's own weights, whose intervals would be calibrated.
        let stored = try Surrogate(
            version: 2, provenance: "a test",
            models: Surrogate.shipped.models.map { model in
                try LSTM(configuration: model.configuration, parameters: model.parameters.map { 1.01 * $0 })
            })
        let outcome = stored.refined(
            on: TestCurves.finished(count: 20, epochs: 20, seed: 1), version: 3, seed: 1, effort: still,
            shouldStop: { false })
        #expect(outcome.decision == .notBetter)
        #expect(outcome.surrogate == nil)
        #expect(outcome.refinedLoss == outcome.currentLoss && outcome.currentLoss != nil)
    }

    @Test func sameSeedSameFigures() {
        var effort = effort
        effort.steps = 2
        let curves = TestCurves.finished(count: 30, epochs: 12, seed: 4)
        func figures(_ seed: UInt64) -> [Double?] {
            let outcome = refine(curves, seed: seed, effort: effort)
            return [outcome.refinedLoss, outcome.currentLoss]
        }
        #expect(figures(1) == figures(1))
        #expect(figures(1) != figures(2))
    }

    @Test func needsEnoughUsableCurves() {
        var curves = TestCurves.finished(count: Surrogate.minimumCurves + 1, epochs: 12, seed: 4)
        curves[0].points.removeLast()
        curves[1].points[3].valDSC = .nan
        let outcome = refine(curves)
        #expect(outcome.decision == .tooFewCurves)
        #expect(outcome.skippedCurves == 2 && outcome.surrogate == nil && outcome.refinedLoss == nil)
        #expect(refine([]).decision == .tooFewCurves)
    }

    @Test func stopsWhenAsked() {
        let asked = Guarded(0)
        let curves = TestCurves.finished(count: 20, epochs: 12, seed: 4)
        let outcome = Surrogate.shipped.refined(on: curves, version: 1, seed: 1) {
            asked.withLock {
                $0 += 1
                return $0 > 3
            }
        }
        #expect(outcome.decision == .stopped && outcome.surrogate == nil)
        #expect(asked.withLock { $0 } == 4)
    }

    /// The weights in the program are what the command in their head makes: training is reproducible to the bit, and
    /// these have not been changed since.
    @Test func theShippedOneNamesItsCommand() throws {
        #expect(Surrogate.shipped.version == 0)
        let command = /plateau surrogate train --seed [0-9]+ --steps [0-9]+/
        #expect(Surrogate.shipped.provenance.wholeMatch(of: command) != nil)
        let file = plateau_surrogate()
        #expect(Surrogate.shipped.encoded() == [UInt8](UnsafeBufferPointer(start: file.bytes, count: file.count)))
    }

    @Test func trainingIsReproducible() throws {
        var training = SurrogatePretraining()
        training.steps = 3
        training.batchSize = 4
        let once = try training.train(seed: 5)
        #expect(try training.train(seed: 5).encoded() == once.encoded())
        #expect(try training.train(seed: 6).encoded() != once.encoded())
        #expect(once.provenance == "plateau surrogate train --seed 5 --steps 3")
    }

    @Test func pretrainingLearns() throws {
        var training = SurrogatePretraining()
        training.steps = 60
        training.batchSize = 8
        var losses: [Double] = []
        _ = try training.train(seed: 1) { _, loss in losses.append(loss) }
        #expect(losses.count == 60)
        let (before, after) = (mean(Array(losses.prefix(10))), mean(Array(losses.suffix(10))))
        #expect(after < 0.9 * before)
    }

    @Test func encodingRoundTrips() throws {
        let surrogate = try untrained()
        let decoded = try Surrogate(version: 7, bytes: surrogate.encoded())
        #expect(decoded.version == 7)
        #expect(decoded.models.map(\.parameters) == surrogate.models.map(\.parameters))
        #expect(decoded.provenance == "a test")
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
                zip(QuantileHead.quantiles(raw: raw[...]), slopes).reduce(0) { $0 + $1.0 * $1.1 }
            }
            #expect(abs((value(above) - value(below)) / 0.02 - Double(gradient[index])) < 1e-4)
        }
        let quantiles = QuantileHead.quantiles(raw: [0, -90, -90, 90, 90][...])
        #expect(quantiles == quantiles.sorted())
    }

    @Test(arguments: [0, 0.25, 0.5, 0.503, 0.9, 1]) func aDSCComesBackFromItsStretchedForm(dsc: Double) {
        let stretched = QuantileHead.stretched(dsc, base: 0.5, scale: 0.001)
        #expect(abs(stretched) < 8)
        #expect(abs(QuantileHead.dsc(stretched, base: 0.5, scale: 0.001) - dsc) < 1e-9)
        #expect(QuantileHead.dsc(.infinity, base: 0.5, scale: 0.001).isFinite)
    }

    /// One bend at the start is no noise, and noise is told from a trend.
    @Test func noiseIsMeasuredPastTheFirstRise() throws {
        func noise(_ values: [Double]) throws -> Double {
            let curve = try Curve(TestCurves.points(values), totalEpochs: 100)
            return try #require(SurrogateFeatures(curve, context: TestCurves.context(epochs: 100)).noises.last)
        }
        #expect(try noise([0.6, 0.88, 0.88, 0.88, 0.88]) < 1e-9)
        var generator = SeededGenerator(seed: 3)
        let measured = try (0..<200).map { _ in
            try noise((0..<12).map { 0.5 + 0.01 * Double($0) + 0.02 * generator.normal() })
        }
        #expect(abs(mean(measured) - 0.02) < 0.003)
    }

    /// The features of a prefix are the first steps of those of the whole curve.
    @Test func featuresNeverLookAhead() throws {
        let context = TestCurves.context(epochs: 300)
        let whole = try Curve(TestCurves.points((1...300).map { 0.8 - 0.7 / Double($0) }), totalEpochs: 300)
        let all = SurrogateFeatures(whole, context: context)
        #expect(all.bases.count == SurrogateFeatures.maximumBlocks)
        let blockEnd = 150  // 300 epochs in 100 blocks: the 50th ends here.
        let prefix = SurrogateFeatures(try #require(whole.prefix(through: blockEnd)), context: context)
        #expect(prefix.values == Array(all.values.prefix(prefix.values.count)))
        #expect(prefix.bases.count == 50)
        #expect(prefix.values.count == 50 * SurrogateFeatures.count)
    }

    /// A curve that was averaged before is seen as the one with every epoch.
    @Test func blocksAreSeenAsTheirEpochs() throws {
        var generator = SeededGenerator(seed: 2)
        let values = TestCurves.rising(epochs: 1000, a: 0.9, b: 0.7, c: 0.4, noise: 0.02, using: &generator)
        let whole = try Curve(TestCurves.points(values), totalEpochs: 1000)
        let context = TestCurves.context(epochs: 1000)
        let averaged = SurrogateFeatures(whole.averaged(blocks: 100), context: context)
        #expect(averaged.values == SurrogateFeatures(whole, context: context).values)
    }
}
