import Foundation
import LearningCurves

/// A surrogate to refine, as the worker protocol hands it out.
struct Refinement: Decodable, Sendable {
    struct FinishedRun: Decodable, Sendable {
        var totalEpochs: Int
        var config: Configuration
        var curve: [Point]
    }

    struct Configuration: Decodable, Sendable {
        var size: Int?
        var fraction: Double?
        var depth: Int?
        var dimensions: Int?
        var parameterCount: Int?
    }

    struct Point: Decodable, Sendable {
        var epoch: Int
        var valDsc: Double
        var trainLoss: Double?
        var valLoss: Double?
    }

    /// Of the surrogate to be made.
    var version: Int
    /// Of the one to begin with.
    var baseVersion: Int
    /// The weights to begin with; base64 on the wire.
    var surrogate: Data
    var curves: [FinishedRun]
}

extension Refinement {
    /// Blocks for about half a minute.
    ///
    /// - Throws: `LearningCurvesError` when the weights are of another program, or damaged.
    func refined(shouldStop: @Sendable () -> Bool) throws -> RefiningOutcome {
        let current = try Surrogate(version: baseVersion, bytes: [UInt8](surrogate))
        return current.refined(
            on: curves.map(FinishedCurve.init), version: version, seed: UInt64(max(0, version)),
            shouldStop: shouldStop)
    }
}

extension FinishedCurve {
    fileprivate init(_ run: Refinement.FinishedRun) {
        self.init(
            context: RunContext(
                totalEpochs: run.totalEpochs, size: run.config.size, fraction: run.config.fraction,
                layers: run.config.depth, dimensions: run.config.dimensions,
                parameterCount: run.config.parameterCount),
            points: run.curve.map {
                CurvePoint(epoch: $0.epoch, valDSC: $0.valDsc, trainLoss: $0.trainLoss, valLoss: $0.valLoss)
            })
    }
}

/// What came of a ``Refinement``.
struct RefinementReport: Encodable {
    var decision: RefiningOutcome.Decision
    var trainingCurves: Int
    var heldOutCurves: Int
    var refinedLoss: Double?
    var currentLoss: Double?
    /// Only where it is to be kept.
    var surrogate: Data?

    init(_ outcome: RefiningOutcome) {
        decision = outcome.decision
        trainingCurves = outcome.trainingCurves
        heldOutCurves = outcome.heldOutCurves
        refinedLoss = outcome.refinedLoss
        currentLoss = outcome.currentLoss
        surrogate = outcome.surrogate.map { Data($0.encoded()) }
    }
}
