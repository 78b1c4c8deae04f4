import ArgumentParser
import Foundation
import Logging
import NeuralNets
import Worker

/// `plateau work`
struct WorkCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "work",
        abstract: "Train runs for a server, until stopped.",
        discussion: """
            The server starts workers of its own; run this for more of them. The worker reads images where the server \
            registered them, so both must see the same folders. On SIGTERM it checkpoints its run and hands it back.

            Example:
              PLATEAU_TOKEN=… plateau work --server http://127.0.0.1:8080 --threads 2 --cache-dir ./cache
            """)

    @Option(
        help: "The server's address, http://, https:// or unix:. Also PLATEAU_SERVER. (default: http://127.0.0.1:8080)")
    var server: String?

    @OptionGroup var trust: TrustOptions

    @Option(help: "Threads to train with; the results don't depend on it.")
    var threads = 1

    @Option(help: "Where packed data sets are kept; workers of a machine share it.")
    var cacheDir = "./cache"

    @Option(help: "Shown beside the runs that it holds. (default: host and process id)")
    var name: String?

    @Option(
        help:
            "'portable', 'avx2' or 'avx512'; two of them give results that differ by rounding. (default: the widest that the machine has)"
    )
    var simd: String?

    @Option(
        help: "logfmt, lines for people, or json, an object on each line. Also PLATEAU_LOG_FORMAT. (default: logfmt)")
    var logFormat: String?

    @Flag(help: .hidden)
    var supervised = false

    func validate() throws {
        guard (1...256).contains(threads) else { throw ValidationError("--threads must be from 1 to 256") }
        guard simd == nil || instructions != nil else {
            throw ValidationError(
                "--simd must be \(Instructions.allCases.map(\.rawValue).joined(separator: ", ")); got \(simd ?? "")")
        }
    }

    private var instructions: Instructions? { simd.flatMap(Instructions.init) }

    func run() throws {
        let environment = ProcessInfo.processInfo.environment
        guard let token = environment["PLATEAU_TOKEN"], !token.isEmpty else {
            throw ValidationError(
                "set PLATEAU_TOKEN to a token of the role worker (plateau token create --role worker)")
        }
        let format = logFormat ?? environment["PLATEAU_LOG_FORMAT"] ?? LogFormat.logfmt.rawValue
        guard let format = LogFormat(rawValue: format) else {
            throw ValidationError("--log-format and PLATEAU_LOG_FORMAT must be \(LogFormat.names); got \(format)")
        }
        var logger = Logger(label: "worker") { label in
            switch format {
            case .logfmt: StreamLogHandler.standardError(label: label)
            case .json:
                LogStreamHandler(stream: LogStream(descriptor: STDERR_FILENO, format: format), waits: true)
            }
        }
        logger.logLevel = environment["PLATEAU_LOG_LEVEL"].flatMap { Logger.Level(rawValue: $0) } ?? .info
        let own = "\(ProcessInfo.processInfo.hostName)-\(ProcessInfo.processInfo.processIdentifier)"
        let name = name.map { "\($0)-\(ProcessInfo.processInfo.processIdentifier)" } ?? own
        logger[metadataKey: "worker"] = "\(name)"
        var configuration = WorkerConfiguration(
            server: server ?? environment["PLATEAU_SERVER"] ?? "http://127.0.0.1:8080", token: token,
            threads: threads, cacheDirectory: cacheDir, name: name)
        configuration.trust = trust.trust(environment)
        if let instructions {
            guard instructions.isAvailable else {
                Screen.complain("plateau work: this machine has no \(instructions.rawValue)")
                throw ExitCode(ExitStatus.failed)
            }
            configuration.instructions = instructions
        }
        let worker = TrainingWorker(configuration: configuration, logger: logger)
        let signals = Signals(Signals.termination) { worker.stop() }
        defer { signals.cancel() }
        if supervised { Lifeline.watch { worker.stop() } }
        do {
            try worker.run()
        } catch {
            format.tellEnd(of: "work", error)
            throw ExitCode(ExitStatus.failed)
        }
    }
}
