import ArgumentParser
import HTTP
import Logging
import Testing

@testable import plateau

@Suite struct ServerOptionsTests {
    private func options(
        listen: String? = nil, insecureListen: Bool = false, workers: Int? = nil, threads: Int? = nil,
        dataRoots: [String] = [], logLevel: String? = nil, environment: [String: String] = [:]
    ) throws -> ServerOptions {
        try ServerOptions(
            dataDir: nil, listen: listen, insecureListen: insecureListen, workers: workers, threadsPerWorker: threads,
            dataRoots: dataRoots, logLevel: logLevel, environment: environment, cores: 4)
    }

    @Test func theCommandLineWinsOverTheEnvironment() throws {
        let environment = [
            "PLATEAU_LISTEN": "[::1]:9000", "PLATEAU_WORKERS": "3", "PLATEAU_THREADS_PER_WORKER": "2",
            "PLATEAU_DATA_ROOTS": "/a:/b", "PLATEAU_LOG_LEVEL": "debug", "PLATEAU_DATA_DIR": "/var/plateau",
        ]
        let fromEnvironment = try options(environment: environment)
        #expect(fromEnvironment.address == ListenAddress("[::1]:9000"))
        #expect(fromEnvironment.workers == 3 && fromEnvironment.threadsPerWorker == 2)
        #expect(fromEnvironment.dataRoots == ["/a", "/b"] && fromEnvironment.dataDirectory == "/var/plateau")
        #expect(fromEnvironment.logLevel == .debug)
        let fromBoth = try options(
            listen: "127.0.0.1:1", workers: 0, threads: 1, dataRoots: ["/c"], logLevel: "error",
            environment: environment)
        #expect(fromBoth.address == ListenAddress("127.0.0.1:1"))
        #expect(fromBoth.workers == 0 && fromBoth.threadsPerWorker == 1)
        #expect(fromBoth.dataRoots == ["/c"] && fromBoth.logLevel == .error)
    }

    @Test func whatIsOutOfBoundsIsRefused() {
        #expect(throws: ValidationError.self) { try options(listen: "8080") }
        #expect(throws: ValidationError.self) { try options(workers: 257) }
        #expect(throws: ValidationError.self) { try options(threads: 0) }
        #expect(throws: ValidationError.self) { try options(logLevel: "loud") }
        #expect(throws: ValidationError.self) { try options(environment: ["PLATEAU_WORKERS": "two"]) }
    }

    @Test func otherMachinesAreLetInOnlyWhenAsked() throws {
        #expect(throws: ValidationError.self) { try options(listen: "0.0.0.0:8080") }
        #expect(throws: ValidationError.self) { try options(environment: ["PLATEAU_LISTEN": "[::]:8080"]) }
        #expect(try options(listen: "0.0.0.0:8080", insecureListen: true).address.host == "0.0.0.0")
    }

    @Test(arguments: [
        ("127.0.0.1:8080", "127.0.0.1", 8080, "http://127.0.0.1:8080", true),
        ("[::1]:0", "::1", 0, "http://[::1]:0", true),
        ("localhost:65535", "localhost", 65535, "http://localhost:65535", true),
        ("plateau.lab:80", "plateau.lab", 80, "http://plateau.lab:80", false),
    ])
    func anAddressIsHostAndPort(_ text: String, _ host: String, _ port: Int, _ url: String, _ isLoopback: Bool) throws {
        let address = try #require(ListenAddress(text))
        #expect(address.host == host && address.port == port && address.isLoopback == isLoopback)
        #expect("\(Endpoint.tcp(address.host, port: port))" == url)
    }

    @Test(arguments: [
        "", ":", ":8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "::1:80", "[]:80", "h:http",
    ])
    func whatIsNoAddressIsNone(_ text: String) {
        #expect(ListenAddress(text) == nil)
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
