import Foundation
import HTTP
import HTTPTypes
import TestSupport
import Testing

/// A real nginx before the built program, with `deploy/nginx.conf` as it is but for paths and ports.
@Suite struct NginxTests {
    @Test(.timeLimit(.minutes(5)), arguments: [true, false])
    func aSweepThroughNginx(overSocket: Bool) async throws {
        let folder = try TemporaryFolder()
        let certificates = try TestCertificates()
        let socket = folder.url.path + "/s"
        let server = try await ServerProcess(
            directory: folder.url.appending(path: "var"), listen: [overSocket ? "unix:\(socket)" : "127.0.0.1:0"],
            options: ["--workers", "0", "--data-root", folder.url.path])
        let upstream = overSocket ? "unix:\(socket)" : String(try server.url.dropFirst("http://".count))
        let nginx = try Nginx(folder: folder.url, upstream: upstream, pair: try certificates.server())
        defer { nginx.stop() }
        let authority = certificates.authority.certificate
        let token = try Study.succeed(try server.command("token", "create", "node", "--role", "worker")).output
            .trimmingCharacters(in: .whitespacesAndNewlines)
        var trust = TLSTrust()
        trust.caFile = authority
        let client = try HTTPClient(server: nginx.url, headers: [.authorization: "Bearer \(token)"], trust: trust)

        // An id goes through, and comes back.
        let id = try #require(HTTPField.Name("X-Request-Id"))
        #expect(try client.send(.get, "/healthz", headers: [id: "mine-1"]).headers[id] == "mine-1")
        _ = try await server.line { $0.contains("request_id=mine-1") || $0.contains("mine-1") }

        // A long poll for which nothing comes.
        let nothing = try client.send(.post, "/v1/worker/claim", body: Array(#"{"worker":"w","wait_seconds":2}"#.utf8))
        #expect(nothing.status == .noContent)

        // A checkpoint both ways, of the size of a large network's. Made before the claim, whose lease it would outlast.
        let bytes = (0..<(64 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 13) }
        let study = try Study(server, folder: folder.url)
        let claimed = try client.send(.post, "/v1/worker/claim", body: Array(#"{"worker":"w","wait_seconds":2}"#.utf8))
        struct Claim: Decodable {
            struct Run: Decodable {
                var id: String
                var attempt: Int
            }
            var run: Run
        }
        let run = try JSONDecoder().decode(Claim.self, from: Data(claimed.body)).run
        let target = "/v1/worker/runs/\(run.id)/checkpoint?attempt=\(run.attempt)"
        #expect(try client.send(.put, target + "&epoch=0&step=0", body: bytes).status == .ok)
        #expect(try client.send(.get, target).body == bytes)

        // Events of a stream that goes on come through at once: nginx holds nothing back.
        let reader = try Study.succeed(try server.command("token", "create", "board", "--role", "reader")).output
            .trimmingCharacters(in: .whitespacesAndNewlines)
        let followed = try CommandResult.of(
            "curl",
            [
                "-sN", "--max-time", "2", "--cacert", authority, "-H", "Authorization: Bearer \(reader)",
                nginx.url + "/v1/runs/\(run.id)/events",
            ])
        let timedOut: Int32 = 28
        #expect(followed.status == timedOut && followed.output.contains("\ndata: {"), "\(followed)")
        try Study.succeed(try server.command("cancel", run.id))

        // The rest of the sweep, by a worker and a client from outside.
        let worker = try WorkerProcess(
            server: nginx.url, token: token, cache: folder.url.appending(path: "cache"),
            options: ["--ca-file", authority])
        defer { worker.end(SIGTERM) }
        let outside = ["--server", nginx.url, "--ca-file", authority]
        _ = try server.command(["watch", study.sweep] + outside)
        let results = try study.results()
        #expect(results.filter { $0.testDSC != nil }.count == results.count - 1)
    }
}

/// A running nginx of this user, on a port of its own.
private final class Nginx: Sendable {
    let url: String
    private let configuration: String

    init(folder: URL, upstream: String, pair: TestCertificates.Pair) throws {
        let port = try Self.freePort()
        let place = folder.appending(path: "nginx")
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        var text = try String(contentsOf: root.appending(path: "deploy/nginx.conf"), encoding: .utf8)
        for (given, own) in [
            ("user www-data;", "user \(NSUserName());"), ("/run/nginx.pid", place.path + "/pid"),
            ("/var/log/nginx", place.path), ("/var/lib/nginx", place.path), ("listen 443", "listen 127.0.0.1:\(port)"),
            ("\n        server 127.0.0.1:8080;", "\n        server \(upstream);"),
            ("/etc/ssl/plateau/certificate.pem", pair.certificate), ("/etc/ssl/plateau/key.pem", pair.key),
        ] {
            try #require(text.contains(given), "deploy/nginx.conf does not say \(given)")
            text = text.replacingOccurrences(of: given, with: own)
        }
        configuration = place.path + "/nginx.conf"
        try Data(text.utf8).write(to: URL(filePath: configuration))
        url = "https://localhost:\(port)"
        // It answers when this returns, for it has bound its port by then.
        // The daemon must not keep what Foundation's Process waits on to end.
        let alone = #"""
            for file in /proc/self/fd/*; do n=${file##*/}; ((n > 2)) && eval "exec $n>&-"; done
            exec nginx "$@"
            """#
        let started = try CommandResult.of(
            "bash", ["-c", alone, "nginx", "-e", place.path + "/error.log", "-c", configuration])
        try #require(started.status == 0, "\(started.errors)")
    }

    func stop() { _ = try? CommandResult.of("nginx", ["-c", configuration, "-s", "stop"]) }

    /// A port that was free a moment ago.
    private static func freePort() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                bind(descriptor, generic, length) == 0 ? getsockname(descriptor, generic, &length) : -1
            }
        }
        try #require(code == 0)
        return Int(UInt16(bigEndian: address.sin_port))
    }
}
