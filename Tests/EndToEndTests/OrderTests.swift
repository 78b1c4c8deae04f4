import Foundation
import TestSupport
import Testing

/// What a user asks of a run in training reaches its worker at once.
@Suite struct OrderTests {
    /// Its epochs take minutes and its lease an hour: a worker that heard of an order with either would be too late.
    @Test(.timeLimit(.minutes(2))) func aWorkerHearsOfAPauseAndOfACancellationWithinAStep() async throws {
        let folder = try TemporaryFolder()
        let server = try await ServerProcess(
            directory: folder.url.appending(path: "var"),
            options: [
                "--workers", "1", "--threads-per-worker", "1", "--lease-seconds", "3600", "--data-root",
                folder.url.path,
            ])
        let polyps = folder.url.appending(path: "polyps").path
        try Study.succeed(try server.command("dataset", "synth", polyps, "--count", "20", "--size", "32"))
        try Study.succeed(try server.command("dataset", "add", "polyps", polyps))
        let submitted = try Study.succeed(
            try server.command(
                "submit", "polyps", "--sizes", "4", "--depths", "2", "--image-size", "32", "--steps-per-epoch",
                "100000",
                "--json"))
        struct Sweep: Decodable { var id: String }
        let sweep = try JSONDecoder().decode(Sweep.self, from: Data(submitted.output.utf8)).id
        _ = try await server.line { $0.contains("[Worker] claimed") }

        let clock = ContinuousClock.now
        #expect(try Study.succeed(try server.command("pause", sweep)).output.hasPrefix("paused \(sweep)"))
        _ = try await server.line { $0.contains("[Worker] paused") }
        // Half a minute is what an answer to a heartbeat would wait for without an order.
        #expect(ContinuousClock.now - clock < .seconds(20))
        #expect(try state(sweep, server) == "paused")

        try Study.succeed(try server.command("resume", sweep))
        _ = try await server.line { $0.contains("[Worker] claimed") && $0.contains("attempt=2") }
        try Study.succeed(try server.command("cancel", sweep))
        _ = try await server.line { $0.contains("[Worker] dropped") }
        #expect(ContinuousClock.now - clock < .seconds(60))
        #expect(try state(sweep, server) == "cancelled")
        server.end(SIGTERM)
    }

    private func state(_ sweep: String, _ server: ServerProcess) throws -> String {
        struct Shown: Decodable { var state: String }
        let runs = try Study.succeed(try server.command("runs", sweep, "--json")).output
        return try #require(JSONDecoder().decode([Shown].self, from: Data(runs.utf8)).first).state
    }
}
