import ArgumentParser
import Logging

/// How the server is to run: what the command line says, else the environment, else the default. Checked once, here.
struct ServerOptions: Sendable {
    var dataDirectory: String
    var address: ListenAddress
    var workers: Int
    var threadsPerWorker: Int
    /// Folders that data sets may be registered from. When there are none, the holder of an admin token, who has the
    /// server's own rights on this machine, may register any folder, and nobody else any.
    var dataRoots: [String]
    /// A run goes back to the queue when its worker has not been heard of for this long. The default is 20.
    var leaseSeconds: Double
    var logLevel: Logger.Level

    /// - Throws: `ValidationError`, which says what is allowed.
    init(
        dataDir: String?, listen: String?, insecureListen: Bool, workers: Int?, threadsPerWorker: Int?,
        dataRoots: [String], leaseSeconds: Double? = nil, logLevel: String?, environment: [String: String], cores: Int
    ) throws {
        dataDirectory = dataDir ?? environment["PLATEAU_DATA_DIR"] ?? "./var"
        let address = listen ?? environment["PLATEAU_LISTEN"] ?? "127.0.0.1:8080"
        guard let parsed = ListenAddress(address) else {
            throw ValidationError("--listen must be HOST:PORT, such as 127.0.0.1:8080 or [::1]:8080; got \(address)")
        }
        guard parsed.isLoopback || insecureListen else {
            throw ValidationError(
                "\(parsed.host) can be reached from other machines, and this server does not encrypt: keep it on 127.0.0.1 "
                    + "behind a TLS proxy, or add --insecure-listen to accept that tokens can be read on the way.")
        }
        self.address = parsed
        let defaults = DefaultWorkers(cores: cores)
        self.workers = try workers ?? Self.number("PLATEAU_WORKERS", environment) ?? defaults.workers
        self.threadsPerWorker =
            try threadsPerWorker ?? Self.number("PLATEAU_THREADS_PER_WORKER", environment) ?? defaults.threadsPerWorker
        guard (0...256).contains(self.workers) else { throw ValidationError("--workers must be from 0 to 256") }
        guard (1...256).contains(self.threadsPerWorker) else {
            throw ValidationError("--threads-per-worker must be from 1 to 256")
        }
        let listed = environment["PLATEAU_DATA_ROOTS"].map { $0.split(separator: ":").map(String.init) } ?? []
        self.dataRoots = dataRoots.isEmpty ? listed : dataRoots
        self.leaseSeconds = leaseSeconds ?? 20
        guard (1...3600).contains(self.leaseSeconds) else {
            throw ValidationError("--lease-seconds must be from 1 to 3600")
        }
        let level = logLevel ?? environment["PLATEAU_LOG_LEVEL"] ?? "info"
        guard let parsedLevel = Logger.Level(rawValue: level) else {
            throw ValidationError(
                "--log-level must be one of \(Logger.Level.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        self.logLevel = parsedLevel
    }

    private static func number(_ name: String, _ environment: [String: String]) throws -> Int? {
        guard let text = environment[name] else { return nil }
        guard let number = Int(text) else { throw ValidationError("\(name) must be a number; got \(text)") }
        return number
    }
}
