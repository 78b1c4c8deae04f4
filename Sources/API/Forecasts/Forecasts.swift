import Foundation
import LearningCurves
import Logging
import Storage

/// Forecasts of final DSC, by the surrogate that comes with the program until one refined on the store's finished curves
/// does better; refines it further as they accumulate.
actor Forecasts {
    /// A further refinement is tried when this many times as many curves have finished as the last try had.
    private static let growth = 1.25
    /// The newest curves that one refinement uses.
    private static let curveLimit = 200

    private let store: Store
    private let pool: ComputePool
    private let refiningPool = ComputePool(name: "plateau-surrogate", width: 1)
    private let logger: Logger
    private var surrogate = Surrogate.shipped
    /// Of the newest one stored.
    private var version = 0
    /// Starts over from the kept surrogate with the server: a refinement whose result was dropped is then tried once
    /// more, in the background: a little work per start, not worth a table of its own.
    private var curvesAtLastTry = 0
    private var isRefining = false

    init(store: Store, pool: ComputePool, logger: Logger) {
        self.store = store
        self.pool = pool
        self.logger = logger
    }

    /// Takes up the stored surrogate. A damaged one, or one of an older program, is passed over: the one that comes with
    /// the program does until the next is kept.
    func load() async throws {
        guard let record = try await store.surrogate() else { return }
        version = record.version
        curvesAtLastTry = record.curves
        do {
            surrogate = try Surrogate(version: record.version, bytes: record.bytes)
        } catch {
            logger.error(
                "the stored surrogate cannot be read", metadata: ["version": "\(record.version)", "error": "\(error)"])
        }
    }

    func forecast(_ run: RunRecord) async throws -> ForecastBody {
        let curve = try await store.curve(ofRun: run.id)
        guard let last = curve.last else {
            throw Problem(.invalidState, "The run \(run.id) has no epochs yet; a forecast needs at least one.")
        }
        let dimensions = try await store.dimensions(ofRun: run.id)
        let forecaster = forecaster
        let forecast = try await pool.run {
            try forecaster.forecast(curve.map(CurvePoint.init), context: RunContext(run, dimensions: dimensions))
        }
        return ForecastBody(forecast, lastValDSC: last.valDSC, runID: run.id)
    }

    /// Of this moment.
    var forecaster: Forecaster { Forecaster(surrogate: surrogate) }

    /// Refines the surrogate in the background when enough curves have finished since the last try.
    func runFinished() {
        guard !isRefining else { return }
        isRefining = true
        Task { await refineWhileDue() }
    }

    /// One refinement at a time; again when enough curves have finished meanwhile.
    private func refineWhileDue() async {
        defer { isRefining = false }
        do {
            while true {
                let count = try await store.finishedRunCount()
                guard count >= Surrogate.minimumCurves, Double(count) >= Double(curvesAtLastTry) * Self.growth else {
                    return
                }
                curvesAtLastTry = count
                try await refine()
            }
        } catch {
            logger.error("the surrogate could not be refined", metadata: ["error": "\(error)"])
        }
    }

    private func refine() async throws {
        let runs = try await store.finishedRuns(limit: Self.curveLimit)
        let curves = runs.map { finished in
            FinishedCurve(
                context: RunContext(finished.run, dimensions: finished.dimensions),
                points: finished.curve.map(CurvePoint.init))
        }
        let next = version + 1
        let current = surrogate
        let outcome = try await refiningPool.run {
            current.refined(on: curves, version: next, seed: UInt64(next))
        }
        let figures = SurrogateFigures(outcome)
        logger.info(
            "surrogate refined",
            metadata: ["curves": "\(curves.count)", "kept": "\(outcome.surrogate != nil)", "figures": "\(figures)"])
        guard let refined = outcome.surrogate else { return }
        try await store.insertSurrogate(
            version: next, bytes: refined.encoded(), curves: curves.count,
            figuresJSON: String(decoding: try JSONEncoder().encode(figures), as: UTF8.self))
        version = next
        surrogate = refined
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
            totalEpochs: run.epochsTotal, size: run.size, fraction: run.fraction, layers: run.depth,
            dimensions: dimensions, parameterCount: run.parameterCount)
    }
}
