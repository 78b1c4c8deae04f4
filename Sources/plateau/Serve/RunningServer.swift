import API
import CResources
import Foundation
import HTTP
import Logging
import Storage

/// The server from its start to its end.
enum RunningServer {
    /// Returns after SIGTERM or SIGINT, once workers have checkpointed and requests are answered.
    static func run(_ options: ServerOptions) async throws {
        MemoryArenas.limit()
        let log = LogStream(descriptor: STDERR_FILENO, format: options.logFormat)
        defer { log.flush() }
        let logger = logger(log, options.logLevel)
        // From here on, for who is told to stop while it starts must not just vanish.
        let (told, stop) = AsyncStream.makeStream(of: Void.self)
        let termination = Signals(Signals.termination) { stop.yield() }
        defer { termination.cancel() }
        let directory = try DataDirectory(options.dataDirectory)
        // Held to the end, however early it is used for the last time.
        defer { withExtendedLifetime(directory) {} }
        let store = try Store(.init(path: directory.database, graceSeconds: options.leaseSeconds))
        try await createAdminToken(store, directory, logger)

        let workerSecret = TokenSecret.make { count in
            var generator = SystemRandomNumberGenerator()
            return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        }
        let document = plateau_openapi()
        // Constant bytes of the program, as many as it says.
        let openAPI = [UInt8](UnsafeBufferPointer(start: document.bytes, count: document.count))
        var settings = PlateauAPI.Settings(
            version: Plateau.version, openAPI: openAPI,
            checkpointFolder: directory.checkpoints, modelFolder: directory.models)
        settings.leaseSeconds = options.leaseSeconds
        settings.rateLimit = options.rateLimit
        settings.crossOrigin = options.crossOrigin
        settings.diskSpace = { DiskSpace.of(directory.url.path) }
        let metrics = ServerMetrics()
        settings.metrics = [metrics.families]
        let api = PlateauAPI(
            store: store, catalogue: try .onDisk(roots: options.dataRoots),
            authenticator: Authenticator(store: store, workerSecret: workerSecret),
            settings: settings, logger: logger)
        try await api.prepare()

        var configuration = configuration(options, directory, logger)
        // The API takes itself off the loop for what takes long.
        configuration.handlerPlacement = .loop
        configuration.metrics = metrics
        let logsRequests = logger.logLevel <= .info
        configuration.requestEnded = { if logsRequests { log.note($0) } }
        let server = HTTPServer(configuration: configuration, logger: logger, handler: api.handler())
        let endpoints = try server.start()
        let url = "\(localEndpoint(endpoints))"
        try DataDirectory.write(url + "\n", to: directory.serverURL)
        for endpoint in endpoints { logger.notice("listening on \(endpoint)") }
        // Without certificates a terminal that is closed ends the server, as it ends everything; a service manager's
        // "reload" does nothing.
        let isService = isatty(STDIN_FILENO) == 0
        let reloading = configuration.tls != nil || isService ? reloadCertificates(server, logger) : nil
        defer { reloading?.cancel() }

        let supervisor = WorkerSupervisor(
            plan: workerPlan(options, directory, url: url, secret: workerSecret), logger: logger)
        await supervisor.start()
        let leases = Task {
            while !Task.isCancelled {
                try await Task.sleep(for: .seconds(2))
                do {
                    try await api.takeBackLapsedLeases()
                    try await api.endWhatIsOver()
                    await api.planSweeps()
                } catch {
                    logger.error(
                        "cannot take back lapsed leases or end what is over", metadata: ["error": "\(error)"])
                }
            }
        }
        let manager = ServiceManager(ProcessInfo.processInfo.environment)
        manager.tell("READY=1\nSTATUS=listening on \(endpoints.map { "\($0)" }.joined(separator: ", "))")
        // Alive is a server whose loops and whose threads for handlers get on; what becomes of the disk, it answers itself.
        let beating = Task { await manager.keepTelling { _ = await metrics.families() } }
        defer { beating.cancel() }
        for await _ in told { break }
        manager.tell("STOPPING=1\nSTATUS=workers checkpoint and hand their runs back")
        api.beginDraining()
        logger.notice("stopping: workers checkpoint and hand their runs back")
        leases.cancel()
        await supervisor.stop(grace: .seconds(30))
        api.endWaits()
        await server.shutdown(within: .seconds(10))
        do {
            try store.close()
        } catch {
            // Nothing is lost: the next start reads the log that is left beside the file.
            logger.warning("the database is left with its log", metadata: ["error": "\(error)"])
        }
        logger.notice("stopped")
    }

    private static func configuration(
        _ options: ServerOptions, _ directory: DataDirectory, _ logger: Logger
    ) -> ServerConfiguration {
        var configuration = options.http
        // Workers and commands on this machine need no certificate to be told of.
        if configuration.endpoints.allSatisfy(\.usesTLS) {
            configuration.endpoints.append(.unix(directory.socket.path))
        }
        let files = OpenFileLimit.raise()
        let wanted = configuration.limits.connections
        configuration.limits.connections = OpenFileLimit.connections(wanted, files: files)
        if configuration.limits.connections < wanted {
            logger.notice(
                "fewer connections than allowed, for want of file descriptors (ulimit -n)",
                metadata: ["connections": "\(configuration.limits.connections)", "files": "\(files)"])
        }
        return configuration
    }

    /// Where workers and commands on this machine find the server.
    private static func localEndpoint(_ endpoints: [Endpoint]) -> Endpoint {
        endpoints.first { !$0.usesTLS } ?? endpoints[0]
    }

    private static func reloadCertificates(_ server: HTTPServer, _ logger: Logger) -> Signals {
        Signals([SIGHUP]) {
            do {
                try server.reloadCertificates()
                logger.notice("read certificate and key again, where there are any")
            } catch {
                logger.error("cannot use the new certificate, the old one stays", metadata: ["error": "\(error)"])
            }
        }
    }

    private static func logger(_ log: LogStream, _ level: Logger.Level) -> Logger {
        var logger = Logger(label: "plateau") { _ in LogStreamHandler(stream: log) }
        logger.logLevel = level
        return logger
    }

    /// The first start of a data directory makes the token that makes all others.
    private static func createAdminToken(_ store: Store, _ directory: DataDirectory, _ logger: Logger) async throws {
        guard try await !store.hasAdminToken() else { return }
        let (_, secret) = try await store.createToken(name: "admin", role: "admin", expiresAt: nil)
        try DataDirectory.write(secret + "\n", to: directory.adminToken)
        logger.notice("wrote a new admin token to \(directory.adminToken.path)")
    }

    private static func workerPlan(
        _ options: ServerOptions, _ directory: DataDirectory, url: String, secret: String
    ) -> WorkerSupervisor.Plan {
        var environment = ProcessInfo.processInfo.environment
        for variable in ServiceManager.variables { environment[variable] = nil }
        environment["PLATEAU_TOKEN"] = secret
        environment["PLATEAU_LOG_LEVEL"] = options.logLevel.rawValue
        environment["PLATEAU_LOG_FORMAT"] = options.logFormat.rawValue
        return WorkerSupervisor.Plan(
            executable: URL(filePath: "/proc/self/exe").resolvingSymlinksInPath(),
            arguments: [
                "work", "--supervised", "--server", url, "--threads", "\(options.threadsPerWorker)", "--cache-dir",
                directory.cache.path,
            ],
            environment: environment, count: options.workers)
    }
}
