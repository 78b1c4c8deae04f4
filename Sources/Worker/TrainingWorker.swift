import LearningCurves
public import Logging

/// A worker: claims runs, one after another, and trains them until it is told to stop. Between two runs it refines the
/// surrogate where that is due.
public final class TrainingWorker: Sendable {
    private let configuration: WorkerConfiguration
    private let logger: Logger
    private let stopSignal = StopSignal()
    private let claiming = CurrentClaim()

    public init(configuration: WorkerConfiguration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
    }

    /// Makes the worker checkpoint and release its run after the step under way, and `run()` return; from any thread.
    public func stop() {
        stopSignal.stop()
        claiming.interrupt()
    }

    /// Blocks until `stop()`.
    ///
    /// - Throws: `WorkerError.refused` when the server does not take the token, `.server` for an unusable address, `.io`
    ///   when the cache cannot be written; whatever run was claimed then is handed back.
    public func run() throws {
        try DatasetLoader(cacheDirectory: configuration.cacheDirectory).prepare()
        while !stopSignal.isStopped {
            do {
                try refineSurrogate()
                let claim = try nextClaim()
                try train(claim)
            } catch WorkerError.stopped {
                return
            }
        }
    }

    private func nextClaim() throws -> Claim {
        let server = try ServerConnection(configuration, stopSignal: stopSignal, logger: logger)
        claiming.begin(server)
        defer { claiming.end() }
        return try server.claim(worker: configuration.name, threads: configuration.threads)
    }

    /// Forecasts go on without it: trouble is logged, and no reason to train nothing.
    private func refineSurrogate() throws {
        let server = try ServerConnection(configuration, stopSignal: stopSignal, logger: logger)
        claiming.begin(server)
        defer { claiming.end() }
        do {
            guard let refinement = try server.claimRefinement(worker: configuration.name) else { return }
            logger.info(
                "refining the surrogate",
                metadata: ["version": "\(refinement.version)", "curves": "\(refinement.curves.count)"])
            let outcome = try refinement.refined { [stopSignal] in stopSignal.isStopped }
            // Another connection: a worker that was told to stop meanwhile has interrupted the first.
            try ServerConnection(configuration, stopSignal: stopSignal, logger: logger)
                .finish(refinement, RefinementReport(outcome))
            logger.info("refined", metadata: ["decision": "\(outcome.decision.rawValue)"])
        } catch WorkerError.stopped {
            throw WorkerError.stopped
        } catch WorkerError.refused(let detail) {
            throw WorkerError.refused(detail)
        } catch WorkerError.lost {
            // A server that knows nothing of it, or has given this one up.
        } catch {
            logger.warning("the surrogate was not refined", metadata: ["reason": "\(error)"])
        }
    }

    private func train(_ claim: Claim) throws {
        let tail = LogTail()
        var logger = tail.following(logger)
        logger[metadataKey: "run"] = "\(claim.run.id)"
        logger[metadataKey: "attempt"] = "\(claim.run.attempt)"
        logger.info(
            "claimed",
            metadata: ["size": "\(claim.run.size)", "depth": "\(claim.run.depth)", "seed": "\(claim.run.seed)"])
        let server = try ServerConnection(configuration, stopSignal: stopSignal, logger: logger)
        let heartbeat = try Heartbeat(
            claim.run, leaseSeconds: claim.leaseSeconds, configuration: configuration, logger: logger)
        defer { heartbeat.end() }
        let run = TrainingRun(
            claim: claim, server: server, heartbeat: heartbeat, stopSignal: stopSignal, configuration: configuration,
            logger: logger)
        do {
            try run.train()
        } catch WorkerError.lost {
            logger.notice("dropped: the run was cancelled or taken back")
        } catch WorkerError.paused {
            try? server.release(claim.run)
            logger.info("paused: the run was saved and handed back")
        } catch WorkerError.stopped {
            try? server.release(claim.run)
            throw WorkerError.stopped
        } catch WorkerError.io(let path, let code) {
            // The worker's trouble, not the run's: no failure is counted.
            try? server.release(claim.run)
            throw WorkerError.io(path: path, code: code)
        } catch let error as WorkerError {
            if case .refused = error { throw error }
            var retry = true
            if case .hopeless = error { retry = false }
            try report("\(error)", tail, retry: retry, claim, server, logger)
        } catch {
            try report("\(error)", tail, retry: true, claim, server, logger)
        }
    }

    private func report(
        _ message: String, _ tail: LogTail, retry: Bool, _ claim: Claim, _ server: ServerConnection, _ logger: Logger
    ) throws {
        logger.error("failed", metadata: ["error": "\(message)", "retry": "\(retry)"])
        do {
            try server.fail(message, logTail: tail.text, retry: retry, claim.run)
        } catch WorkerError.lost {
            logger.notice("the run was taken back before its failure could be reported")
        }
    }
}
