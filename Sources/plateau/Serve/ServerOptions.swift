import ArgumentParser
import HTTP
import Logging

/// How the server is to run: what the command line says, else the environment, else the default. Checked once, here.
struct ServerOptions: Sendable {
    var dataDirectory: String
    /// Endpoints, TLS, limits and timeouts.
    var http: ServerConfiguration
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
        dataDir: String?, listen: [String], insecureListen: Bool, tls: TLSConfiguration? = nil,
        socketMode: String? = nil, workers: Int?, threadsPerWorker: Int?,
        dataRoots: [String], leaseSeconds: Double? = nil, logLevel: String?, environment: [String: String], cores: Int
    ) throws {
        dataDirectory = dataDir ?? environment["PLATEAU_DATA_DIR"] ?? "./var"
        http = ServerConfiguration()
        http.tls = tls
        http.endpoints = try Self.endpoints(
            listen, insecureListen: insecureListen, tls: tls, mode: socketMode ?? environment["PLATEAU_SOCKET_MODE"],
            environment)
        try HTTPSetting.apply(environment, to: &http)
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

    private static func endpoints(
        _ listen: [String], insecureListen: Bool, tls: TLSConfiguration?, mode: String?, _ environment: [String: String]
    ) throws -> [Endpoint] {
        let listed = environment["PLATEAU_LISTEN"].map { $0.split(separator: ",").map(String.init) }
        let texts = listen.isEmpty ? listed ?? ["127.0.0.1:8080"] : listen
        let endpoints = try texts.map { text in
            guard let option = ListenOption(text, usesTLS: tls != nil) else {
                throw ValidationError(
                    "--listen must be HOST:PORT, such as 127.0.0.1:8080 or [::1]:8080, with http:// or https:// before it "
                        + "where both are spoken, or unix:/PATH; got \(text)")
            }
            guard !option.endpoint.usesTLS || tls != nil else {
                throw ValidationError("\(text) needs a certificate: give --tls-cert and --tls-key")
            }
            guard !option.isExposed || insecureListen else {
                throw ValidationError(
                    "\(text) can be reached from other machines and would not be encrypted: give --tls-cert and "
                        + "--tls-key, keep it on 127.0.0.1 behind a TLS proxy, or add --insecure-listen to accept that "
                        + "tokens can be read on the way.")
            }
            return option.endpoint
        }
        guard let mode else { return endpoints }
        guard let bits = UInt32(mode, radix: 8), (0o600...0o777).contains(bits) else {
            throw ValidationError("--socket-mode must be an octal number such as 600 or 660; got \(mode)")
        }
        return endpoints.map { endpoint in
            var endpoint = endpoint
            endpoint.mode = bits
            return endpoint
        }
    }

    private static func number(_ name: String, _ environment: [String: String]) throws -> Int? {
        guard let text = environment[name] else { return nil }
        guard let number = Int(text) else { throw ValidationError("\(name) must be a number; got \(text)") }
        return number
    }
}
