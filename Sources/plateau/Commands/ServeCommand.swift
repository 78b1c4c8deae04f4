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

            Each option can also be set by an environment variable: PLATEAU_DATA_DIR, PLATEAU_LISTEN, PLATEAU_WORKERS, \
            PLATEAU_THREADS_PER_WORKER, PLATEAU_DATA_ROOTS (colon-separated), PLATEAU_LOG_LEVEL, PLATEAU_TLS_CERT, \
            PLATEAU_TLS_KEY, PLATEAU_TLS_CLIENT_CA, PLATEAU_TLS_CLIENT_OPTIONAL (1), PLATEAU_SOCKET_MODE; several \
            addresses in PLATEAU_LISTEN stand between commas. An option given here wins. Limits and timeouts are set by \
            PLATEAU_HTTP_… alone; README.md lists them.

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

    // For those who test workers: a lost one is missed sooner.
    @Option(help: .hidden)
    var leaseSeconds: Double?

    @Option(help: "trace, debug, info, notice, warning, error or critical. (default: info)")
    var logLevel: String?

    func run() async throws {
        let options = try ServerOptions(
            dataDir: dataDir, listen: listen, insecureListen: insecureListen,
            tls: try tls.configuration(ProcessInfo.processInfo.environment), socketMode: socketMode, workers: workers,
            threadsPerWorker: threadsPerWorker, dataRoots: dataRoot, leaseSeconds: leaseSeconds, logLevel: logLevel,
            environment: ProcessInfo.processInfo.environment, cores: ProcessInfo.processInfo.activeProcessorCount)
        do {
            try await RunningServer.run(options)
        } catch {
            FileHandle.standardError.write(Data("plateau serve: \(error)\n".utf8))
            throw ExitCode(Self.exitStatus(of: error))
        }
    }

    /// Trying again mends neither a damaged database nor one of a newer program: a service manager is told apart by it.
    private static func exitStatus(of error: any Error) -> Int32 {
        switch error as? StorageError {
        case .corrupt, .newerSchema: ExitStatus.unusableData
        default: ExitStatus.failed
        }
    }
}
