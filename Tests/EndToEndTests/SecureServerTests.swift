import Foundation
import HTTP
import HTTPTypes
import TestSupport
import Testing

/// The built program over TLS and Unix sockets.
@Suite struct SecureServerTests {
    private let folder: TemporaryFolder
    private let certificates: TestCertificates

    init() throws {
        folder = try TemporaryFolder()
        certificates = try TestCertificates()
    }

    private var directory: URL { folder.url.appending(path: "var") }

    /// The address that it says it listens on.
    private func address(_ server: ServerProcess, _ scheme: String) async throws -> String {
        let line = try await server.line { $0.contains("listening on \(scheme):") }
        return String(line[try #require(line.range(of: "\(scheme):")).lowerBound...])
    }

    @Test(.timeLimit(.minutes(5))) func aSweepOverTLSAlone() async throws {
        let pair = try certificates.server()
        let server = try await ServerProcess(
            directory: directory, listen: [],
            options: [
                "--listen", "https://127.0.0.1:0", "--listen", "https://127.0.0.1:0", "--tls-cert", pair.certificate,
                "--tls-key", pair.key, "--workers", "1", "--data-root", folder.url.path,
            ])
        // The second endpoint: the first was read when it started.
        let https = try await address(server, "https")
        _ = try await address(server, "unix")
        #expect(try server.url == "unix:\(directory.path)/plateau.sock")

        let study = try Study(server, folder: folder.url)
        try Study.succeed(try server.command("watch", study.sweep))
        #expect(try study.results().allSatisfy { $0.testDSC != nil })

        let trusting = ["--server", https, "--ca-file", certificates.authority.certificate]
        try Study.succeed(try server.command(["runs", study.sweep] + trusting))
        let mistrusting = try server.command("runs", "--server", https)
        #expect(mistrusting.status == 3 && mistrusting.errors.contains("--ca-file"))

        let renewed = try certificates.server("renewed")
        for (from, to) in [(renewed.certificate, pair.certificate), (renewed.key, pair.key)] {
            try Data(contentsOf: URL(filePath: from)).write(to: URL(filePath: to), options: .atomic)
        }
        kill(server.pid, SIGHUP)
        _ = try await server.line { $0.contains("read certificate and key again") }
        try Data("rubbish".utf8).write(to: URL(filePath: pair.certificate))
        kill(server.pid, SIGHUP)
        let complaint = try await server.line { $0.contains("the old one stays") }
        #expect(complaint.contains("holds no certificate"))
        try Study.succeed(try server.command(["runs", study.sweep] + trusting))
        #expect(server.end(SIGTERM) == 0)
        #expect(!FileManager.default.fileExists(atPath: directory.path + "/plateau.sock"))
    }

    @Test(.timeLimit(.minutes(5))) func aWorkerComesOverTLSWithItsOwnCertificate() async throws {
        let pair = try certificates.server()
        let shown = try certificates.client("node7")
        let authority = certificates.authority.certificate
        let server = try await ServerProcess(
            directory: directory, listen: ["unix:\(folder.url.path)/s", "https://127.0.0.1:0"],
            options: [
                "--tls-cert", pair.certificate, "--tls-key", pair.key, "--tls-client-ca", authority, "--workers", "0",
                "--data-root", folder.url.path,
            ])
        let https = try await address(server, "https")
        let study = try Study(server, folder: folder.url)
        let refused = try server.command("runs", "--server", https, "--ca-file", authority)
        #expect(refused.status == 3 && refused.errors.contains("certificate required"), "\(refused.errors)")
        let token = try Study.succeed(try server.command("token", "create", "node7", "--role", "worker")).output
        let worker = try WorkerProcess(
            server: https, token: token.trimmingCharacters(in: .whitespacesAndNewlines),
            cache: folder.url.appending(path: "cache"),
            options: ["--ca-file", authority, "--client-cert", shown.certificate, "--client-key", shown.key])
        _ = try await server.line { $0.contains("client_subject=\"CN=node7,O=Imaging Lab\"") }
        try Study.succeed(try server.command("watch", study.sweep))
        worker.end(SIGTERM)
        #expect(server.end(SIGTERM) == 0)
    }

    @Test func aStartThatCannotBeIsExplained() throws {
        let expired = try certificates.server("expired", expired: true)
        let other = try certificates.server("other")
        for (options, text) in [
            (["--tls-cert", expired.certificate, "--tls-key", expired.key], "has expired"),
            (["--tls-cert", other.certificate, "--tls-key", expired.key], "does not belong"),
            (["--tls-cert", "/no/such.pem"], "/no/such.pem: cannot be read"),
            (["--tls-key", other.key], "need --tls-cert"),
            (["--listen", "0.0.0.0:0"], "--tls-cert"),
        ] {
            let result = try CommandResult.of(
                ServerProcess.binary.path,
                ["serve", "--data-dir", directory.path, "--workers", "0", "--listen", "127.0.0.1:0"] + options)
            #expect(result.status != 0 && result.errors.contains(text), "\(options): \(result.errors)")
        }
    }

    @Test(.timeLimit(.minutes(2))) func aSocketLeftByAKilledServerIsReplaced() async throws {
        let listen = ["unix:\(folder.url.path)/s"]
        let first = try await ServerProcess(directory: directory, listen: listen, options: ["--workers", "0"])
        let second = try CommandResult.of(
            ServerProcess.binary.path,
            ["serve", "--data-dir", directory.path + "2", "--workers", "0", "--listen", listen[0]])
        #expect(second.status == 1 && second.errors.contains("is in use"))
        first.end(SIGKILL)
        let third = try await ServerProcess(directory: directory, listen: listen, options: ["--workers", "0"])
        try Study.succeed(try third.command("runs"))
        #expect(third.end(SIGTERM) == 0)
        #expect(!FileManager.default.fileExists(atPath: folder.url.path + "/s"))
    }

    @Test(.timeLimit(.minutes(2))) func withoutDescriptorsTheServerRestsAndRecovers() async throws {
        let server = try await ServerProcess(directory: directory, options: ["--workers", "0"])
        let url = try server.url
        func open() throws -> Int {
            try FileManager.default.contentsOfDirectory(atPath: "/proc/\(server.pid)/fd").count
        }
        func ticks() throws -> Int {
            let fields = try String(contentsOfFile: "/proc/\(server.pid)/stat", encoding: .utf8).split(separator: " ")
            return (Int(fields[13]) ?? 0) + (Int(fields[14]) ?? 0)
        }
        func ask(_ client: HTTPClient) -> Bool { (try? client.send(.get, "/healthz").status) == .ok }
        try #require(ask(try HTTPClient(server: url)))
        // Room for four more clients and no fifth.
        let limit = try CommandResult.of("prlimit", ["--pid", "\(server.pid)", "--nofile=\(try open() + 4):4096"])
        try #require(limit.status == 0, "\(limit.errors)")
        var clients: [HTTPClient] = []
        while clients.count < 64 {
            let client = try HTTPClient(server: url)
            guard ask(client) else { break }
            clients.append(client)
        }
        #expect((1...6).contains(clients.count))
        _ = try await server.line { $0.contains("out of file descriptors") }
        // Each one more is turned away, at next to no cost; those who are in are served.
        let before = try ticks()
        for _ in 0..<20 { #expect(!ask(try HTTPClient(server: url))) }
        #expect(try ticks() - before < 100)
        #expect(clients.allSatisfy(ask))
        clients = []
        var answered = false
        for _ in 0..<1000 where !answered { answered = ask(try HTTPClient(server: url)) }
        #expect(answered)
        #expect(server.end(SIGTERM) == 0)
    }
}
