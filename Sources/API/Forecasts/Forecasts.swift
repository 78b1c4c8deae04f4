import Foundation
import LearningCurves
import Logging
import Storage

/// Forecasts of final DSC, by the surrogate that comes with the program until one refined on the store's finished curves
/// does better. Workers refine it further as curves accumulate: the server has answers to give.
actor Forecasts {
    /// A further refinement is due when this many times as many curves have finished as the last try had.
    private static let growth = 1.25
    /// The newest curves, of the runs here and of those imported, that one refinement uses of each.
    private static let curveLimit = 200
    /// A worker that has not reported by then is taken for lost. A refinement takes it half a minute.
    private static let patience = Duration.seconds(600)

    private let store: Store
    private let pool: ComputePool
    private let logger: Logger
    private var surrogate = Surrogate.shipped
    /// Of the newest one stored.
    private var version = 0
    /// Starts over from the kept surrogate with the server: a refinement whose result was dropped is then tried once
    /// more: a little work per start, not worth a table of its own.
    private var curvesAtLastTry = 0
    /// Handed out and not yet reported.
    private var underWay: (version: Int, curves: Int, until: ContinuousClock.Instant)?

    init(store: Store, pool: ComputePool, logger: Logger) {
        self.store = store
        self.pool = pool
        self.logger = logger
    }

    /// Takes up the stored surrogate. A damaged one, or one of an older program, is passed over: the one that comes with
    /// the program does until the next is kept, for which no further curves are waited for.
    func load() async throws {
        guard let record = try await store.surrogate() else { return }
        version = record.version
        do {
            surrogate = try Surrogate(version: record.version, bytes: record.bytes)
            curvesAtLastTry = record.curves
        } catch {
            logger.error(
                "the stored surrogate cannot be read", metadata: ["version": "\(record.version)", "error": "\(error)"])
        }
    }

    /// The forecast for whose certainty a run is to end now; nil where it is to go on.
    func earlyStop(_ run: RunRecord, _ rule: EarlyStopRule) async throws -> EarlyStop? {
        let forecaster = forecaster
        let forecast = try await forecast(run, by: forecaster).forecast
        guard rule.isMet(by: forecast.quantiles) else { return nil }
        let ended = try await store.finishedRuns(ofSweep: run.sweepID, limit: EarlyStopRule.mostEnded)
        return rule.stop(
            forecast,
            ended: try await pool.run {
                try ended.map { run in
                    let curve = FinishedCurve(
                        context: RunContext(run.run, dimensions: run.dimensions), points: run.curve.map(CurvePoint.init)
                    )
                    return try forecaster.hindsight(curve, epoch: forecast.epochsSeen)
                }
            })
    }

    /// Of the final validation DSC, with the epoch that it follows.
    ///
    /// - Throws: 409 for a run without an epoch.
    func forecast(_ run: RunRecord) async throws -> (forecast: Forecast, last: EpochRecord) {
        try await forecast(run, by: forecaster)
    }

    private func forecast(
        _ run: RunRecord, by forecaster: Forecaster
    ) async throws -> (forecast: Forecast, last: EpochRecord) {
        let curve = try await store.curve(ofRun: run.id)
        guard let last = curve.last else {
            throw Problem(.invalidState, "The run \(run.id) has no epochs yet; a forecast needs at least one.")
        }
        let dimensions = try await store.dimensions(ofRun: run.id)
        let forecast = try await pool.run {
            try forecaster.forecast(curve.map(CurvePoint.init), context: RunContext(run, dimensions: dimensions))
        }
        return (forecast, last)
    }

    /// Of the surrogate in use.
    var modelVersion: Int { surrogate.version }

    /// Of this moment.
    var forecaster: Forecaster { Forecaster(surrogate: surrogate) }

    /// What a worker is to refine, when enough curves have finished since the last try and no other worker is at it.
    func claimRefinement() async throws -> RefinementBody? {
        guard isFree else { return nil }
        let count = try await store.finishedCurveCount()
        guard count >= Surrogate.minimumCurves, Double(count) >= Double(curvesAtLastTry) * Self.growth else {
            return nil
        }
        let next = version + 1
        let runs = try await store.finishedRuns(limit: Self.curveLimit)
        let imported = try await store.importedCurves(limit: Self.curveLimit).items.reversed()
        let curves =
            try imported.map { curve in
                FinishedCurve(
                    try JSONCoding.decoder().decode(
                        RefinementBody.FinishedRun.self, from: Data(curve.contentJSON.utf8)))
            }
            + runs.map { finished in
                FinishedCurve(
                    context: RunContext(finished.run, dimensions: finished.dimensions),
                    points: finished.curve.map(CurvePoint.init))
            }
        let current = surrogate
        let body = try await pool.run { try RefinementBody(version: next, surrogate: current, curves: curves) }
        // Another worker may have been faster meanwhile.
        guard isFree, next == version + 1 else { return nil }
        underWay = (next, count, .now + Self.patience)
        return body
    }

    /// Takes up what a worker made of the refinement it holds.
    /// - Throws: 409 when it is not, or no longer, to be done.
    func finishRefinement(_ version: Int, _ report: RefinementReport) async throws {
        guard let work = underWay, work.version == version else {
            throw Problem(
                .staleAttempt,
                "No worker is to make version \(version) of the surrogate now: it was given up or made already.")
        }
        underWay = nil
        guard report.figures.decision != .stopped else { return }
        curvesAtLastTry = work.curves
        logger.info(
            "surrogate refined",
            metadata: ["version": "\(version)", "curves": "\(work.curves)", "figures": "\(report.figures)"])
        guard let refined = report.surrogate else { return }
        try await store.insertSurrogate(
            version: version, bytes: refined.encoded(), curves: work.curves,
            figuresJSON: String(decoding: try JSONEncoder().encode(report.figures), as: UTF8.self))
        self.version = version
        surrogate = refined
    }

    private var isFree: Bool { underWay.map { $0.until < .now } ?? true }
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
