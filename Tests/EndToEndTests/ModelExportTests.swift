import Foundation
import HTTP
import HTTPTypes
import TestSupport
import Testing

/// The weights of a run, taken out as a user does.
@Suite struct ModelExportTests {
    @Test(.timeLimit(.minutes(3))) func weightsComeOutWhole() async throws {
        let folder = try TemporaryFolder()
        let server = try await ServerProcess(
            directory: folder.url.appending(path: "var"),
            options: ["--workers", "1", "--threads-per-worker", "1", "--data-root", folder.url.path])
        let polyps = folder.url.appending(path: "polyps").path
        try Study.succeed(try server.command("dataset", "synth", polyps, "--count", "20", "--size", "32"))
        try Study.succeed(try server.command("dataset", "add", "polyps", polyps))
        let none = try server.command("model", "export", "run_0000000000000000", "--output", polyps + "/none")
        #expect(none.status == 4 && none.errors.contains("There is no run"))
        #expect(!FileManager.default.fileExists(atPath: polyps + "/none"))
        try Study.succeed(
            try server.command(
                "submit", "polyps", "--sizes", "4", "--depths", "2", "--image-size", "32", "--epochs", "1",
                "--steps-per-epoch", "1", "--watch"))
        struct Run: Decodable {
            struct Model: Decodable {
                var bytes: Int
                var sha256: String
            }
            var id: String
            var model: Model
        }
        let client = try HTTPClient(
            server: try server.url, headers: [.authorization: "Bearer \(try server.adminToken)"])
        let sweeps = try Study.succeed(try server.command("runs", "--json")).output
        let sweep = try #require(sweeps.firstMatch(of: /sw_[0-9a-z]{16}/)).output
        let listed = try Study.succeed(try server.command("runs", String(sweep), "--json")).output
        let run = try #require(try JSONDecoder().decode([Run].self, from: Data(listed.utf8)).first)

        let output = folder.url.appending(path: "polyps.safetensors").path
        let said = try Study.succeed(try server.command("model", "export", run.id, "--output", output, "--json")).output
        #expect(said.contains(run.model.sha256))
        let bytes = [UInt8](try Data(contentsOf: URL(filePath: output)))
        #expect(bytes.count == run.model.bytes)
        let reply = try client.send(.get, "/v1/runs/\(run.id)/model")
        #expect(reply.body == bytes && reply.headers[.eTag] == "\"\(run.model.sha256)\"")
        #expect(reply.headers[.contentLength] == "\(bytes.count)")
        #expect(String(decoding: bytes, as: UTF8.self).contains("model.0.conv.unit0.conv.weight"))

        // What is there already is left as it is, unless told otherwise.
        try Data("mine".utf8).write(to: URL(filePath: output))
        let refused = try server.command("model", "export", run.id, "--output", output)
        #expect(refused.status == 1 && refused.errors.contains("--force"))
        #expect(try Data(contentsOf: URL(filePath: output)) == Data("mine".utf8))
        try Study.succeed(try server.command("model", "export", run.id, "--output", output, "--force"))
        #expect([UInt8](try Data(contentsOf: URL(filePath: output))) == bytes)

        // Weights that the disk has changed are not handed out.
        let models = server.directory.appending(path: "models")
        let file = try #require(try FileManager.default.contentsOfDirectory(atPath: models.path).first)
        var damaged = bytes
        damaged[damaged.count / 2] ^= 1
        try Data(damaged).write(to: models.appending(path: file))
        let other = output + ".other"
        let caught = try server.command("model", "export", run.id, "--output", other)
        #expect(caught.status == 5 && caught.errors.contains("damaged"))
        let left = try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
        #expect(!left.contains { $0.hasPrefix("polyps.safetensors.") })
        #expect(server.end(SIGTERM) == 0)
    }
}
