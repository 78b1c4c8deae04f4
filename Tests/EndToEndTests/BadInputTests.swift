import Foundation
import HTTP
import HTTPTypes
import TestSupport
import Testing

/// What a user gets wrong is refused by name, over a real socket, and changes nothing.
@Suite struct BadInputTests {
    private struct Refusal: Decodable {
        struct Field: Decodable {
            var pointer: String
            var detail: String
            var file: String?
        }

        var type: String
        var status: Int
        var detail: String
        var errors: [Field]?
    }

    @Test(.timeLimit(.minutes(2))) func eachMistakeIsNamed() async throws {
        let folder = try TemporaryFolder()
        let server = try await ServerProcess(
            directory: folder.url.appending(path: "var"),
            options: ["--workers", "0", "--data-root", folder.url.path])
        let client = try HTTPClient(
            server: try server.url, headers: [.authorization: "Bearer \(try server.adminToken)"])
        func post(_ target: String, _ body: String, _ status: Int, _ kind: String, _ pointer: String?) throws {
            let reply = try client.send(.post, target, body: Array(body.utf8))
            #expect(reply.status.code == status, "\(body): \(String(decoding: reply.body, as: UTF8.self))")
            #expect(reply.headers[.contentType] == "application/problem+json")
            let refusal = try JSONDecoder().decode(Refusal.self, from: Data(reply.body))
            #expect(refusal.type == "urn:plateau:problem:" + kind)
            if let pointer { #expect(refusal.errors?.map(\.pointer).contains(pointer) == true, "\(body): \(refusal)") }
        }

        let polyps = folder.url.appending(path: "polyps").path
        try Study.succeed(try server.command("dataset", "synth", polyps, "--count", "20", "--size", "32"))
        try Study.succeed(try server.command("dataset", "add", "polyps", polyps))

        try post("/v1/sweeps", "{", 400, "malformed-json", nil)
        try post("/v1/sweeps", "[]", 400, "malformed-json", nil)
        try post(
            "/v1/sweeps", #"{"dataset":"polyps","sizes":[4],"depths":[2],"colour":1}"#, 422, "invalid-request",
            "/colour")
        try post("/v1/sweeps", #"{"dataset":"polyps","sizes":[4,500],"depths":[2]}"#, 422, "invalid-request", "/sizes")
        try post("/v1/sweeps", #"{"dataset":"polyps","sizes":[4],"depths":[]}"#, 422, "invalid-request", "/depths")
        try post("/v1/sweeps", #"{"dataset":"polyps","sizes":[4],"depths":[0]}"#, 422, "invalid-request", "/depths/0")
        try post("/v1/sweeps", #"{"dataset":"nobody","sizes":[4],"depths":[2]}"#, 422, "invalid-request", "/dataset")
        try post(
            "/v1/sweeps",
            #"{"dataset":"polyps","sizes":[4],"depths":[7],"training":{"image_size":[40,64],"batch_size":1}}"#, 422,
            "invalid-request", "/training/image_size")
        try post("/v1/datasets", #"{"name":"x","path":"/etc"}"#, 422, "path-not-allowed", "/path")
        try post(
            "/v1/datasets", "{\"name\":\"x\",\"path\":\"\(polyps)/../../../etc\"}", 422, "path-not-allowed", "/path")
        try post("/v1/datasets", "{\"name\":\"polyps\",\"path\":\"\(polyps)\"}", 409, "conflict", "/name")

        // A corrupt JPEG among good files: named, and nothing is registered.
        let broken = folder.url.appending(path: "broken")
        try FileManager.default.copyItem(at: URL(filePath: polyps), to: broken)
        try Data([0xff, 0xd8, 0xff, 0xe0, 0, 1, 2, 3]).write(to: broken.appending(path: "images/z.jpg"))
        try FileManager.default.copyItem(
            at: broken.appending(path: "masks/synth-0000.png"), to: broken.appending(path: "masks/z.png"))
        let reply = try client.send(
            .post, "/v1/datasets", body: Array("{\"name\":\"broken\",\"path\":\"\(broken.path)\"}".utf8))
        let refusal = try JSONDecoder().decode(Refusal.self, from: Data(reply.body))
        #expect(refusal.status == 422 && refusal.errors?.map(\.file) == ["images/z.jpg"])
        try Study.succeed(try server.command("dataset", "add", "broken", broken.path, "--exclude-bad"))

        // Tokens: none, a wrong one, one without the right.
        let reader = try Study.succeed(try server.command("token", "create", "eyes", "--role", "reader")).output
        for (token, status) in [
            (nil, 401), ("Bearer nonsense", 401),
            ("Bearer " + reader.trimmingCharacters(in: .whitespacesAndNewlines), 403),
        ] {
            let other = try HTTPClient(server: try server.url, headers: token.map { [.authorization: $0] } ?? [:])
            let answer = try other.send(
                .post, "/v1/sweeps", body: Array(#"{"dataset":"polyps","sizes":[4],"depths":[2]}"#.utf8))
            #expect(answer.status.code == status)
        }
        let sweeps = try Study.succeed(try server.command("runs", "--json")).output
        #expect(sweeps.trimmingCharacters(in: .whitespacesAndNewlines) == "[]")
        let sets = try Study.succeed(try server.command("dataset", "list", "--json")).output
        #expect(sets.components(separatedBy: "\"data_hash\"").count == 3)
    }

    @Test func exitCodesTellWhatHappened() async throws {
        let folder = try TemporaryFolder()
        let server = try await ServerProcess(
            directory: folder.url.appending(path: "var"), options: ["--workers", "0"])
        let missing = try server.command("runs", "sw_0000000000000000")
        #expect(missing.status == 4 && missing.errors.contains("There is no sweep"))
        #expect(try server.command("dataset", "add", "x").status == 64)
        #expect(try server.command("runs", "--server", "http://127.0.0.1:1").status == 3)
        let second = try server.command("serve", "--data-dir", server.directory.path, "--listen", "127.0.0.1:0")
        #expect(second.status == 1 && second.errors.contains("another plateau server is using"))
        #expect(try server.command("serve", "--data-dir", "/proc/nowhere").status == 1)
        #expect(try server.command("serve", "--listen", "0.0.0.0:0").status == 64)
        #expect(server.end(SIGTERM) == 0)
    }
}
