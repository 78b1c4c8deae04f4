import ArgumentParser
import Foundation

/// Which server a client command speaks to, and as whom.
struct ConnectionOptions: ParsableArguments {
    @Option(
        help: "The server's address, http://, https:// or unix:. Also PLATEAU_SERVER. (default: http://127.0.0.1:8080)")
    var server: String?

    @OptionGroup var trust: TrustOptions

    @Option(help: "A token. Also PLATEAU_TOKEN. (default: the admin token of the data directory)")
    var token: String?

    @Option(help: "Where to find the server's admin-token and address. Also PLATEAU_DATA_DIR. (default: ./var)")
    var dataDir: String?

    /// - Parameter patienceSeconds: how long the server may be silent before it is given up.
    /// - Throws: `CommandFailure`.
    func client(patienceSeconds: Double = 60) throws -> APIClient {
        let environment = ProcessInfo.processInfo.environment
        let folder = dataDir ?? environment["PLATEAU_DATA_DIR"] ?? "./var"
        func file(_ name: String) -> String? {
            (try? String(contentsOfFile: folder + "/" + name, encoding: .utf8))?
                .trimmingCharacters(in: .whitespacesAndNewlines)
        }
        let address = server ?? environment["PLATEAU_SERVER"] ?? file("server-url") ?? "http://127.0.0.1:8080"
        guard let token = token ?? environment["PLATEAU_TOKEN"] ?? file("admin-token") else {
            throw CommandFailure(
                code: ExitStatus.usage,
                message: "no token: give --token or PLATEAU_TOKEN, or run this where \(folder)/admin-token can be read")
        }
        return try APIClient(
            server: address, token: token, patienceSeconds: patienceSeconds,
            trust: trust.trust(environment))
    }
}
