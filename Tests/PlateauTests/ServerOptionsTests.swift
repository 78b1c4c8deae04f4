import API
import ArgumentParser
import HTTP
import Logging
import Testing

@testable import plateau

@Suite struct ServerOptionsTests {
    private func options(
        listen: [String] = [], tls: TLSConfiguration? = nil, socketMode: String? = nil, insecureListen: Bool = false,
        workers: Int? = nil, threads: Int? = nil,
        dataRoots: [String] = [], logLevel: String? = nil, environment: [String: String] = [:],
        more: [String: [String]] = [:]
    ) throws -> ServerOptions {
        var flags = more
        if !listen.isEmpty { flags["listen"] = listen }
        if !dataRoots.isEmpty { flags["data_roots"] = dataRoots }
        flags["socket_mode"] = socketMode.map { [$0] }
        flags["tls_cert"] = (tls?.certificateFile).map { [$0] }
        flags["tls_key"] = (tls?.keyFile).map { [$0] }
        if insecureListen { flags["insecure_listen"] = ["true"] }
        flags["workers"] = workers.map { ["\($0)"] }
        flags["threads_per_worker"] = threads.map { ["\($0)"] }
        flags["log_level"] = logLevel.map { [$0] }
        return try ServerOptions(SettingsReader([.flags(flags), try .environment(environment)]), cores: 4)
    }

    @Test func theCommandLineWinsOverTheEnvironment() throws {
        let environment = [
            "PLATEAU_LISTEN": "[::1]:9000", "PLATEAU_WORKERS": "3", "PLATEAU_THREADS_PER_WORKER": "2",
            "PLATEAU_DATA_ROOTS": "/a:/b", "PLATEAU_LOG_LEVEL": "debug", "PLATEAU_DATA_DIR": "/var/plateau",
        ]
        let fromEnvironment = try options(environment: environment)
        #expect(fromEnvironment.http.endpoints == [.tcp("::1", port: 9000)])
        #expect(fromEnvironment.workers == 3 && fromEnvironment.threadsPerWorker == 2)
        #expect(fromEnvironment.dataRoots == ["/a", "/b"] && fromEnvironment.dataDirectory == "/var/plateau")
        #expect(fromEnvironment.logLevel == .debug && fromEnvironment.logFormat == .logfmt)
        let fromBoth = try options(
            listen: ["127.0.0.1:1"], workers: 0, threads: 1, dataRoots: ["/c"], logLevel: "error",
            environment: environment)
        #expect(fromBoth.http.endpoints == [.tcp("127.0.0.1", port: 1)])
        #expect(fromBoth.workers == 0 && fromBoth.threadsPerWorker == 1)
        #expect(fromBoth.dataRoots == ["/c"] && fromBoth.logLevel == .error)
    }

    @Test func whatIsOutOfBoundsIsRefused() {
        #expect(throws: ValidationError.self) { try options(listen: ["8080"]) }
        #expect(throws: ValidationError.self) { try options(workers: 257) }
        #expect(throws: ValidationError.self) { try options(threads: 0) }
        #expect(throws: ValidationError.self) { try options(logLevel: "loud") }
        #expect(throws: ValidationError.self) { try options(environment: ["PLATEAU_WORKERS": "two"]) }
        let format = #expect(throws: ValidationError.self) { try options(more: ["log_format": ["xml"]]) }
        #expect(format?.message == "--log-format must be logfmt or json; got xml")
    }

    private static let certificate = TLSConfiguration(certificateFile: "a.pem", keyFile: "a.key")

    @Test func otherMachinesAreLetInOnlyWhenAsked() throws {
        #expect(throws: ValidationError.self) { try options(listen: ["0.0.0.0:8080"]) }
        #expect(throws: ValidationError.self) { try options(environment: ["PLATEAU_LISTEN": "[::]:8080"]) }
        let asked = try options(listen: ["0.0.0.0:8080"], insecureListen: true)
        #expect(asked.http.endpoints == [.tcp("0.0.0.0", port: 8080)])
        let encrypted = try options(listen: ["0.0.0.0:8443"], tls: Self.certificate)
        #expect(encrypted.http.endpoints == [.tls("0.0.0.0", port: 8443)])
        // A certificate does not help where it is not used.
        #expect(throws: ValidationError.self) { try options(listen: ["http://0.0.0.0:80"], tls: Self.certificate) }
        #expect(throws: ValidationError.self) { try options(listen: ["https://127.0.0.1:80"]) }
    }

    @Test func severalAddresses() throws {
        let environment = ["PLATEAU_LISTEN": "127.0.0.1:1,unix:/run/p.sock", "PLATEAU_SOCKET_MODE": "660"]
        let both = try options(environment: environment).http.endpoints
        #expect(both.map(\.address) == [.tcp(host: "127.0.0.1", port: 1), .unix(path: "/run/p.sock")])
        #expect(both.last?.mode == 0o660)
        let mixed = try options(listen: ["0.0.0.0:443", "http://127.0.0.1:80", "unix:/s"], tls: Self.certificate)
        #expect(mixed.http.endpoints == [.tls("0.0.0.0", port: 443), .tcp("127.0.0.1", port: 80), .unix("/s")])
        for mode in ["", "rw", "777777", "0"] {
            #expect(throws: ValidationError.self) { try options(socketMode: mode) }
        }
    }

    @Test func limitsComeFromTheEnvironment() throws {
        let set = try options(environment: [
            "PLATEAU_HTTP_CONNECTIONS": "9", "PLATEAU_HTTP_KEEP_ALIVE_SECONDS": "2.5", "PLATEAU_HTTP_BACKLOG": "7",
        ]).http
        #expect(set.limits.connections == 9 && set.timeouts.keepAliveSeconds == 2.5 && set.backlog == 7)
        for (name, value) in [("CONNECTIONS", "0"), ("CONNECTIONS", "many"), ("HEAD_SECONDS", "nan"), ("COLOUR", "1")] {
            #expect(throws: ValidationError.self) { try options(environment: ["PLATEAU_HTTP_\(name)": value]) }
        }
    }

    @Test func tokensAreLimitedAndPagesNamed() throws {
        #expect(try options().rateLimit == RateLimit(requestsPerSecond: 2000))
        #expect(try options(more: ["rate_limit": ["0"]]).rateLimit == nil)
        #expect(try options(environment: ["PLATEAU_RATE_LIMIT": "0.5"]).rateLimit?.requestsPerSecond == 0.5)
        for rate in ["-1", "0.01", "nan", "fast"] {
            #expect(throws: ValidationError.self) { try options(more: ["rate_limit": [rate]]) }
        }
        let two = try options(environment: ["PLATEAU_CORS_ORIGINS": "https://a.example,http://localhost:3000"])
        #expect(two.crossOrigin.origins == ["https://a.example", "http://localhost:3000"])
        for origin in ["*", "null", "https://a.example/"] {
            #expect(throws: ValidationError.self) { try options(more: ["cors_origins": [origin]]) }
        }
    }

    @Test func everyLimitAndTimeoutCanBeSet() {
        let configuration = ServerConfiguration()
        let properties = [Mirror(reflecting: configuration.limits), Mirror(reflecting: configuration.timeouts)]
            .flatMap { $0.children.compactMap(\.label) }
        // headBytes is http_head_bytes.
        let keys = properties.map { property in
            "http_" + property.map { $0.isUppercase ? "_\($0.lowercased())" : "\($0)" }.joined()
        }
        #expect(Set(keys).subtracting(HTTPSetting.all.map(\.key)) == [])
    }

    @Test func connectionsAreBoundedByFiles() {
        #expect(OpenFileLimit.connections(16_384, files: 1 << 20) == 16_384)
        #expect(OpenFileLimit.connections(16_384, files: 1024) == 768)
        #expect(OpenFileLimit.connections(16_384, files: 64) == 16)
    }

    @Test(arguments: [
        ("127.0.0.1:8080", Endpoint.tcp("127.0.0.1", port: 8080), false),
        ("[::1]:0", .tcp("::1", port: 0), false),
        ("localhost:65535", .tcp("localhost", port: 65535), false),
        ("plateau.lab:80", .tcp("plateau.lab", port: 80), true),
        ("http://plateau.lab:80", .tcp("plateau.lab", port: 80), true),
        ("https://[::]:443", .tls("::", port: 443), false),
        ("unix:/run/plateau.sock", .unix("/run/plateau.sock"), false),
    ])
    func whereToListen(_ text: String, _ endpoint: Endpoint, _ isExposed: Bool) throws {
        let option = try #require(ListenOption(text))
        #expect(option.endpoint == endpoint && option.isExposed == isExposed)
    }

    @Test(arguments: [
        "", ":", ":8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "::1:80", "[]:80", "h:http",
        "https://:1", "ftp://a:1", "http://a/:1", "unix:", "unix:a",
    ])
    func whatIsNoAddressIsNone(_ text: String) {
        #expect(ListenOption(text) == nil)
    }

    @Test func aWorkerThatKeepsDyingWaitsLongerEachTime() {
        let backoff = RestartBackoff(first: .seconds(1), longest: .seconds(10), healthy: .seconds(60))
        var deaths = 0
        var pauses: [Duration] = []
        for _ in 0..<6 {
            deaths = backoff.deaths(after: .seconds(2), previous: deaths)
            pauses.append(backoff.pause(deaths: deaths))
        }
        #expect(pauses == [1, 2, 4, 8, 10, 10].map { Duration.seconds($0) })
        deaths = backoff.deaths(after: .seconds(60), previous: deaths)
        #expect(deaths == 1 && backoff.pause(deaths: deaths) == .seconds(1), "a long life wipes the slate clean")
        #expect(backoff.pause(deaths: 1_000_000) == .seconds(10))
    }
}
