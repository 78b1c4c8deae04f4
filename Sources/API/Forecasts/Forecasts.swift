import Foundation
import LearningCurves
import Logging
import Storage

/// Forecasts of final DSC, by the newest surrogate where there is one; trains a new one as finished curves accumulate.
actor Forecasts {
    /// A new surrogate is tried when this many times as many curves have finished as the last try had.
    private static let growth = 1.25
    /// The newest curves that one training uses.
    private static let curveLimit = 200

    private let store: Store
    private let pool: ComputePool
    private let trainingPool = ComputePool(name: "plateau-surrogate", width: 1)
    private let logger: Logger
    private var forecaster = Forecaster(surrogate: nil)
    private var version = 0
    /// Starts over from the kept surrogate with the server: a training whose result was dropped is then tried once
    /// more, in the background: a little work per start, not worth a table of its own.
    private var curvesAtLastTry = 0
    private var isTraining = false

    init(store: Store, pool: ComputePool, logger: Logger) {
        self.store = store
        self.pool = pool
        self.logger = logger
    }

    /// Takes up the stored surrogate. A damaged one is passed over: fits do until the next is trained.
    func load() async throws {
        guard let record = try await store.surrogate() else { return }
        version = record.version
        curvesAtLastTry = record.curves
        do {
            forecaster = Forecaster(surrogate: try Surrogate(version: record.version, bytes: record.bytes))
        } catch {
            logger.error(
                "the stored surrogate cannot be read", metadata: ["version": "\(record.version)", "error": "\(error)"])
        }
    }

    func forecast(_ run: RunRecord, dimensions: Int = 2) async throws -> ForecastBody {
        let curve = try await store.curve(ofRun: run.id)
        guard let last = curve.last else {
            throw Problem(.invalidState, "The run \(run.id) has no epochs yet; a forecast needs at least one.")
        }
        let forecaster = forecaster
        let forecast = try await pool.run {
            try forecaster.forecast(curve.map(CurvePoint.init), context: RunContext(run, dimensions: dimensions))
        }
        return ForecastBody(
            runID: run.id,
            quantiles: Dictionary(
                uniqueKeysWithValues: forecast.quantiles.pairs.map { ("\($0.probability)", $0.value) }),
            method: forecast.method.rawValue, modelVersion: forecast.modelVersion, epochsSeen: forecast.epochsSeen,
            epochsTotal: forecast.totalEpochs, lastValDSC: last.valDSC, final: forecast.final)
    }

    /// Trains the next surrogate in the background when enough curves have finished since the last try.
    func runFinished() {
        guard !isTraining else { return }
        isTraining = true
        Task { await trainWhileDue() }
    }

    /// One training at a time; again when enough curves have finished meanwhile.
    private func trainWhileDue() async {
        defer { isTraining = false }
        do {
            while true {
                let count = try await store.finishedRunCount()
                guard count >= Surrogate.minimumCurves, Double(count) >= Double(curvesAtLastTry) * Self.growth else {
                    return
                }
                curvesAtLastTry = count
                try await train()
            }
        } catch {
            logger.error("the surrogate could not be trained", metadata: ["error": "\(error)"])
        }
    }

    private func train() async throws {
        let runs = try await store.finishedRuns(limit: Self.curveLimit)
        let curves = runs.map { finished in
            FinishedCurve(
                context: RunContext(finished.run, dimensions: finished.dimensions),
                points: finished.curve.map(CurvePoint.init))
        }
        let next = version + 1
        let outcome = try await trainingPool.run {
            Surrogate.train(on: curves, version: next, seed: UInt64(next), shouldStop: { false })
        }
        let figures = SurrogateFigures(outcome)
        logger.info(
            "surrogate trained",
            metadata: ["curves": "\(curves.count)", "kept": "\(outcome.surrogate != nil)", "figures": "\(figures)"])
        guard let surrogate = outcome.surrogate else { return }
        try await store.insertSurrogate(
            version: next, bytes: surrogate.encoded(), curves: curves.count,
            figuresJSON: String(decoding: try JSONEncoder().encode(figures), as: UTF8.self))
        version = next
        forecaster = Forecaster(surrogate: surrogate)
    }
}

extension CurvePoint {
    init(_ epoch: EpochRecord) {
        self.init(epoch: epoch.epoch, valDSC: epoch.valDSC, trainLoss: epoch.trainLoss, valLoss: epoch.valLoss)
    }
}

extension RunContext {
    init(_ run: RunRecord, dimensions: Int) {
        self.init(
            size: run.size, fraction: run.fraction, layers: run.depth, dimensions: dimensions,
            parameterCount: run.parameterCount, totalEpochs: run.epochsTotal)
    }
}
