public import Foundation
public import HTTP
public import Logging
public import Storage

/// Everything under `/v1` and beside it, over what the executable wires in.
///
/// A class, as every request is answered through it: a copy would retain all of its parts.
public final class PlateauAPI: Sendable {
    public struct Settings: Sendable {
        public var version: String
        /// The bytes of `openapi.yaml`.
        public var openAPI: [UInt8]
        /// A run goes back to the queue when its worker has not been heard of for this long. The default is 20.
        public var leaseSeconds = 20.0
        /// Where checkpoints lie.
        public var checkpointFolder: URL
        /// Where trained weights lie.
        public var modelFolder: URL
        /// How often each token may ask, workers' reports aside; nil for as often as it likes. The default is `RateLimit`'s.
        public var rateLimit: RateLimit? = RateLimit()
        /// Pages of which other origins may ask. The default is none.
        public var crossOrigin = CrossOriginPolicy(origins: [])
        /// Room where the data lie; nil when that place is gone. By default that of the folder of models.
        public var diskSpace: @Sendable () -> DiskSpace?
        /// What `/metrics` shows besides the queue, asked in this order. The default is nothing.
        public var metrics: [@Sendable () async -> [MetricFamily]] = []

        public init(version: String, openAPI: [UInt8], checkpointFolder: URL, modelFolder: URL) {
            self.version = version
            self.openAPI = openAPI
            self.checkpointFolder = checkpointFolder
            self.modelFolder = modelFolder
            diskSpace = { DiskSpace.of(modelFolder.path) }
        }
    }

    let store: Store
    let catalogue: DatasetCatalogue
    let settings: Settings
    let logger: Logger
    let checkpoints: RunFileFolder
    let models: RunFileFolder
    /// Work that may be claimed.
    let arrivals = Announcements()
    /// Whatever happens to a sweep or a run.
    let changes = Announcements()
    /// What a worker must know of the run it holds.
    let orders = Announcements()
    let forecasts: Forecasts
    let shownRuns = ShownRuns()
    let waitingWorkers = WaitingWorkers()
    let plansUnderWay = PlansUnderWay()
    /// By id. A split of 10,000 cases takes about a megabyte.
    let datasets = BoundedCache<String, KnownDataset>(limitBytes: 8 << 20)
    /// By the id of the sweep.
    let recipes = BoundedCache<String, SweepRecipe>(limitBytes: 1 << 20)
    /// The list of training images, JSON.
    let subsets = BoundedCache<SubsetKey, [UInt8]>(limitBytes: 2 << 20)
    let draining = Draining()
    let databaseProbe: DatabaseProbe
    let pool: ComputePool
    private let authenticator: Authenticator

    public init(
        store: Store, catalogue: DatasetCatalogue, authenticator: Authenticator, settings: Settings, logger: Logger
    ) {
        self.store = store
        self.catalogue = catalogue
        self.settings = settings
        self.logger = logger
        self.authenticator = authenticator
        databaseProbe = DatabaseProbe { await Self.databaseCheck(store, logger) }
        let disk = ComputePool(name: "plateau-disk", width: 4)
        checkpoints = RunFileFolder(url: settings.checkpointFolder, kind: "checkpoint", disk: disk)
        models = RunFileFolder(url: settings.modelFolder, kind: "model", disk: disk)
        pool = ComputePool(name: "plateau-compute", width: 2)
        forecasts = Forecasts(store: store, pool: pool, logger: logger)
    }

    var routes: [Route] {
        operationsRoutes + datasetRoutes + sweepRoutes + runRoutes + forecastRoutes + estimateRoutes + eventRoutes
            + curveRoutes + tokenRoutes + auditRoutes + workerRoutes + refinementRoutes
    }

    /// What the HTTP server calls for each request.
    public func handler() -> @Sendable (HTTPServerRequest) async throws -> HTTPServerResponse {
        let router = Router(
            routes: routes, authenticator: authenticator, rates: settings.rateLimit.map { RequestRates($0) },
            crossOrigin: settings.crossOrigin, store: store, logger: logger)
        return { try await router.respond(to: $0) }
    }

    /// Once, before the first request: loads the surrogate, deletes files left over.
    public func prepare() async throws {
        try await forecasts.load()
        checkpoints.deleteAll(except: try await store.checkpointFiles())
        models.deleteAll(except: try await store.modelFiles())
    }

    /// The server was told to stop: `/readyz` says so from now on.
    public func beginDraining() { draining.begin() }

    /// Before the HTTP server shuts down: claims, heartbeats and polls that wait are answered at once, streams of events
    /// end.
    public func endWaits() {
        arrivals.end()
        changes.end()
        orders.end()
    }

    /// A run was queued: for those who claim and those who follow.
    func announceWork() {
        arrivals.announce()
        changes.announce()
    }

    /// A run was cancelled or is to be paused: for the worker that holds it and those who follow.
    func announceOrder() {
        orders.announce()
        changes.announce()
    }

    func delete(_ orphans: OrphanedFiles) {
        checkpoints.delete(orphans.checkpoints)
        models.delete(orphans.models)
    }

    /// Every few seconds: cancels sweeps at their deadline or without CPU-hours left, forgets old idempotency keys, and
    /// deletes checkpoints that no failed run was run again from in time.
    public func endWhatIsOver() async throws {
        let (sweeps, orphans) = try await store.endLimitedSweeps()
        delete(orphans)
        for sweep in sweeps {
            logger.notice(
                "sweep ended at its limit", metadata: ["sweep": "\(sweep.id)", "reason": "\(sweep.reason ?? "")"])
        }
        if !sweeps.isEmpty { announceOrder() }
        try await store.forgetOldKeys()
        checkpoints.delete(try await store.dropOldCheckpoints())
    }

    /// Every few seconds: puts runs whose worker was lost back to the queue.
    public func takeBackLapsedLeases() async throws {
        let (runs, orphans) = try await store.requeueExpired()
        delete(orphans)
        for run in runs {
            logger.warning(
                "lease lapsed",
                metadata: ["run": "\(run.id)", "attempt": "\(run.attempt)", "state": "\(run.state.rawValue)"])
        }
        if runs.isEmpty { return }
        orders.announce()
        announceWork()
    }
}
