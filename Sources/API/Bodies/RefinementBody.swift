public import Foundation
import LearningCurves

/// What a worker is to refine: a surrogate, and the finished curves to do it on.
public struct RefinementBody: Codable, Sendable {
    /// As `POST /v1/forecasts` takes a curve.
    public struct FinishedRun: Codable, Sendable {
        public var totalEpochs: Int
        public var config: Configuration
        public var curve: [Point]
    }

    public struct Configuration: Codable, Sendable {
        @OrNull public var size: Int?
        @OrNull public var fraction: Double?
        @OrNull public var depth: Int?
        @OrNull public var dimensions: Int?
        @OrNull public var parameterCount: Int?
    }

    public struct Point: Codable, Sendable {
        public var epoch: Int
        public var valDSC: Double
        @OrNull public var trainLoss: Double?
        @OrNull public var valLoss: Double?

        enum CodingKeys: String, CodingKey {
            case epoch, trainLoss, valLoss
            case valDSC = "valDsc"
        }
    }

    /// Of the surrogate to be made; also the seed of its training.
    public var version: Int
    /// Of the surrogate to begin with; 0 is the program's own.
    public var baseVersion: Int
    /// The weights to begin with, in base64.
    public var surrogate: Data
    /// Oldest first; those of more than 100 epochs averaged in 100 blocks.
    public var curves: [FinishedRun]
}

extension RefinementBody {
    /// - Throws: `LearningCurvesError` for a curve that no surrogate could read.
    init(version: Int, surrogate: Surrogate, curves: [FinishedCurve]) throws {
        self.init(
            version: version, baseVersion: surrogate.version, surrogate: Data(surrogate.encoded()),
            curves: try curves.map { try FinishedRun($0.averaged()) })
    }
}

extension RefinementBody.FinishedRun {
    init(_ finished: FinishedCurve) {
        let context = finished.context
        self.init(
            totalEpochs: context.totalEpochs,
            config: .init(
                size: context.size, fraction: context.fraction, depth: context.layers, dimensions: context.dimensions,
                parameterCount: context.parameterCount),
            curve: finished.points.map {
                .init(epoch: $0.epoch, valDSC: $0.valDSC, trainLoss: $0.trainLoss, valLoss: $0.valLoss)
            })
    }
}

extension FinishedCurve {
    init(_ run: RefinementBody.FinishedRun) {
        self.init(
            context: RunContext(
                totalEpochs: run.totalEpochs, size: run.config.size, fraction: run.config.fraction,
                layers: run.config.depth, dimensions: run.config.dimensions,
                parameterCount: run.config.parameterCount),
            points: run.curve.map {
                CurvePoint(epoch: $0.epoch, valDSC: $0.valDSC, trainLoss: $0.trainLoss, valLoss: $0.valLoss)
            })
    }
}
