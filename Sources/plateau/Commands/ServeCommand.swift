import ArgumentParser
import Foundation
import Logging
import Storage

/// `plateau serve`
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Start the server and its workers.",
        discussion: """
            Listens on this machine only and keeps everything under one data directory. The first start writes an \
            admin token to DATA-DIR/admin-token.

            Example:
              plateau serve --data-dir ./var --data-root /srv/images

            Each option can also be set by an environment variable, PLATEAU_ and its name in capitals (PLATEAU_DATA_DIR, \
            PLATEAU_LISTEN with commas between addresses, PLATEAU_DATA_ROOTS with colons, PLATEAU_CORS_ORIGINS with \
            commas, …), or in a configuration file, a JSON object: {"data_dir": "/srv/plateau", "workers": 2, \
            "listen": ["127.0.0.1:8080"]}. The command line wins over the environment, the environment over the file. \
            --check-config shows every setting, what it is and where that comes from.

            On SIGHUP the server reads its certificate and key again, without dropping a connection.
            """)

    @Option(help: "Where the database, checkpoints, caches and the admin token are kept. (default: ./var)")
    var dataDir: String?

    @Option(
        help:
            "HOST:PORT or unix:/PATH to listen on; repeatable; port 0 picks a free one. With --tls-cert HOST:PORT speaks HTTPS unless http:// stands before it. (default: 127.0.0.1:8080)"
    )
    var listen: [String] = []

    @OptionGroup var tls: TLSOptions

    @Option(help: "Permissions of the files of Unix sockets. (default: 600)")
    var socketMode: String?

    @Flag(help: "Allow an address that other machines can reach, although tokens then travel unencrypted.")
    var insecureListen = false

    @Option(help: "Worker processes; 0 for none. (default: by the machine's cores)")
    var workers: Int?

    @Option(help: "Training threads of each worker. (default: by the machine's cores)")
    var threadsPerWorker: Int?

    @Option(
        help:
            "A folder to take data sets from; repeatable. Without any, the admin token may register any folder and other tokens none."
    )
    var dataRoot: [String] = []

    @Option(
        help:
            "Requests a second that each token may make, with bursts of five times as many; 0 for no limit. Workers' reports are not counted. (default: 2000)"
    )
    var rateLimit: Double?

    @Option(
        help:
            "An origin whose pages may ask this server from a browser, such as https://dashboard.example; repeatable. (default: none)"
    )
    var corsOrigin: [String] = []

    @Option(help: "Seconds after which a worker that is not heard of has lost its run. (default: 20)")
    var leaseSeconds: Double?

    @Option(help: "Any setting by its name in the configuration file, such as http_connections=1000; repeatable.")
    var set: [String] = []

    @Option(help: "A file of settings. Also PLATEAU_CONFIG. (default: none)")
    var config: String?

    @Flag(help: "Show every setting and where it comes from, and end: with 0, or with 1 where something is wrong.")
    var checkConfig = false

    @Option(help: "trace, debug, info, notice, warning, error or critical. (default: info)")
    var logLevel: String?

    @Option(help: "logfmt, or json: an object on each line. (default: logfmt)")
    var logFormat: String?

    func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        if checkConfig { return try ConfigurationCheck.perform { try sources(environment) } }
        let options = try ServerOptions(
            SettingsReader(try sources(environment)), cores: ProcessInfo.processInfo.activeProcessorCount)
        do {
            try await RunningServer.run(options)
        } catch {
            options.logFormat.tellEnd(of: "serve", error)
            throw ExitCode(Self.exitStatus(of: error))
        }
    }

    /// Those that win first.
    /// - Throws: `ValidationError`.
    private func sources(_ environment: [String: String]) throws -> [SettingSource] {
        var sources = [SettingSource.flags(try flags()), try .environment(environment)]
        if let path = config ?? environment["PLATEAU_CONFIG"] { sources.append(try .file(path)) }
        return sources
    }

    /// What the command line says, by the keys of settings.
    private func flags() throws -> [String: [String]] {
        var values = tls.values
        let single: [(String, String?)] = [
            ("data_dir", dataDir), ("socket_mode", socketMode), ("workers", workers.map { "\($0)" }),
            ("threads_per_worker", threadsPerWorker.map { "\($0)" }), ("rate_limit", rateLimit.map { "\($0)" }),
            ("lease_seconds", leaseSeconds.map { "\($0)" }), ("log_level", logLevel),
            ("log_format", logFormat),
        ]
        for (key, value) in single { values[key] = value.map { [$0] } }
        for (key, list) in [("listen", listen), ("data_roots", dataRoot), ("cors_origins", corsOrigin)] {
            if !list.isEmpty { values[key] = list }
        }
        if insecureListen { values["insecure_listen"] = ["true"] }
        for text in set {
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2, let setting = Setting.byKey[parts[0]] else {
                let near = Setting.nearest(to: parts[0]).map { "; did you mean \($0)?" } ?? ""
                throw ValidationError("--set must be NAME=VALUE with the name of a setting; got \(text)\(near)")
            }
            if case .list = setting.kind {
                values[setting.key, default: []].append(parts[1])
            } else {
                values[setting.key] = [parts[1]]
            }
        }
        return values
    }

    /// Trying again mends neither a damaged database nor one of a newer program: a service manager is told apart by it.
    private static func exitStatus(of error: any Error) -> Int32 {
        switch error as? StorageError {
        case .corrupt, .newerSchema: ExitStatus.unusableData
        default: ExitStatus.failed
        }
    }
}
