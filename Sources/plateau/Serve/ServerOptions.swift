import API
import ArgumentParser
import HTTP
import Logging

/// How the server is to run: what the command line says, else the environment, else the configuration file, else the
/// default. Checked once, here.
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
    var logFormat: LogFormat
    /// How often each token may ask; nil for as often as it likes.
    var rateLimit: RateLimit?
    /// Pages of which other origins may ask.
    var crossOrigin: CrossOriginPolicy

    /// - Throws: `ValidationError`, which says what is allowed and where the value was found.
    init(_ reader: SettingsReader, cores: Int) throws {
        dataDirectory = reader.text("data_dir", default: "./var") ?? ""
        http = ServerConfiguration()
        http.tls = try Self.tls(reader)
        http.endpoints = try Self.endpoints(reader, tls: http.tls)
        try HTTPSetting.apply(reader, to: &http)
        let defaults = DefaultWorkers(cores: cores)
        workers = try reader.integer("workers", default: defaults.workers, in: 0...256)
        threadsPerWorker = try reader.integer("threads_per_worker", default: defaults.threadsPerWorker, in: 1...256)
        dataRoots = reader.list("data_roots", default: [])
        leaseSeconds = try reader.number("lease_seconds", default: 20, in: 1...3600)
        let rate = try reader.number(
            "rate_limit", default: RateLimit().requestsPerSecond, in: 0...RateLimit.range.upperBound)
        guard rate == 0 || RateLimit.range.contains(rate) else {
            throw ValidationError(
                "\(reader.name("rate_limit")) must be 0, for no limit, or at least \(RateLimit.range.lowerBound)")
        }
        rateLimit = rate == 0 ? nil : RateLimit(requestsPerSecond: rate)
        let origins = reader.list("cors_origins", default: [])
        for origin in origins where !CrossOriginPolicy.isOrigin(origin) {
            throw ValidationError(
                "\(reader.name("cors_origins")) must name origins as browsers send them, such as "
                    + "https://dashboard.example or http://localhost:3000, each by itself; got \(origin)")
        }
        crossOrigin = CrossOriginPolicy(origins: origins)
        let level = reader.text("log_level", default: Logger.Level.info.rawValue) ?? ""
        guard let parsedLevel = Logger.Level(rawValue: level) else {
            throw ValidationError(
                "\(reader.name("log_level")) must be one of "
                    + "\(Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")); got \(level)")
        }
        logLevel = parsedLevel
        let format = reader.text("log_format", default: LogFormat.logfmt.rawValue) ?? ""
        guard let parsedFormat = LogFormat(rawValue: format) else {
            throw ValidationError("\(reader.name("log_format")) must be \(LogFormat.names); got \(format)")
        }
        logFormat = parsedFormat
    }

    /// Nil where no certificate is given.
    private static func tls(_ reader: SettingsReader) throws -> TLSConfiguration? {
        let certificate = reader.text("tls_cert", default: nil)
        let key = reader.text("tls_key", default: nil)
        let authorities = reader.text("tls_client_ca", default: nil)
        let isOptional = try reader.flag("tls_client_optional")
        guard let certificate else {
            guard key == nil, authorities == nil else {
                throw ValidationError("--tls-key and --tls-client-ca need --tls-cert, the server's own certificate")
            }
            return nil
        }
        var configuration = TLSConfiguration(certificateFile: certificate, keyFile: key ?? certificate)
        if let authorities {
            configuration.clientCertificates =
                isOptional ? .requested(caFile: authorities) : .required(caFile: authorities)
        } else if isOptional {
            throw ValidationError("--tls-client-optional needs --tls-client-ca")
        }
        return configuration
    }

    private static func endpoints(_ reader: SettingsReader, tls: TLSConfiguration?) throws -> [Endpoint] {
        let mode = reader.text("socket_mode", default: nil)
        let insecureListen = try reader.flag("insecure_listen")
        let endpoints = try reader.list("listen", default: ["127.0.0.1:8080"]).map { text in
            guard let option = ListenOption(text, usesTLS: tls != nil) else {
                throw ValidationError(
                    "\(reader.name("listen")) must be HOST:PORT, such as 127.0.0.1:8080 or [::1]:8080, with http:// or "
                        + "https:// before it where both are spoken, or unix:/PATH; got \(text)")
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
            throw ValidationError(
                "\(reader.name("socket_mode")) must be an octal number such as 600 or 660; got \(mode)")
        }
        return endpoints.map { endpoint in
            var endpoint = endpoint
            endpoint.mode = bits
            return endpoint
        }
    }
}
