import Foundation
import TestSupport
import Testing

/// `--log-format json`, as a log collector reads it.
@Suite struct LogFormatTests {
    @Test(.timeLimit(.minutes(2))) func everyLineOfServerAndWorkerIsAnObject() async throws {
        let folder = try TemporaryFolder()
        let server = try await ServerProcess(
            directory: folder.url.appending(path: "var"),
            options: [
                "--workers", "1", "--threads-per-worker", "1", "--data-root", folder.url.path, "--log-format", "json",
                "--log-level", "trace",
            ])
        let study = try Study(server, folder: folder.url)
        try Study.succeed(try await server.watch(study.sweep))
        // A path that would end the line, and one that would end the object.
        _ = try server.command("runs", "sw_\n\"}{\"level\":\"critical\"")
        _ = try await server.line { $0.contains(#""message":"worker started""#) }
        let epoch = try object(try await server.line { $0.contains(#""message":"epoch""#) })
        #expect(epoch["worker"]?.hasPrefix("local-0") == true && epoch["epoch"]?.hasPrefix("1/") == true)
        let strange = try await server.line { line in
            if (try? object(line)) == nil { Issue.record("no object: \(line)") }
            return line.contains("critical")
        }
        #expect(try object(strange)["level"] == "info")
        server.end(SIGTERM)
    }

    private func object(_ line: String) throws -> [String: String] {
        let any = try JSONSerialization.jsonObject(with: Data(line.utf8))
        let object = try #require(any as? [String: Any])
        #expect(["time", "level", "message"].allSatisfy { object[$0] is String })
        return object.mapValues { "\($0)" }
    }

    @Test func whyAServerCannotStartIsAnObjectToo() throws {
        let folder = try TemporaryFolder()
        let file = folder.url.appending(path: "file").path
        try Data().write(to: URL(filePath: file))
        let result = try CommandResult.of(
            ServerProcess.binary.path, ["serve", "--data-dir", file, "--log-format", "json"], environment: [:])
        #expect(result.status == 1)
        let line = try object(result.errors.trimmingCharacters(in: .newlines))
        #expect(line["level"] == "critical" && line["error"]?.contains("cannot create \(file)") == true)
        let wrong = try CommandResult.of(
            ServerProcess.binary.path, ["serve", "--data-dir", file, "--log-format", "xml"], environment: [:])
        #expect(wrong.status == 64 && wrong.errors.contains("must be logfmt or json; got xml"))
    }
}
