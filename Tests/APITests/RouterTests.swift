import HTTP
import HTTPTypes
import Testing

@testable import API

@Suite struct RouterTests {
    @Test func optionsOfTheServerAsAWhole() async throws {
        let reply = try await TestAPI().ask(.options, "*")
        #expect(reply.status == 204)
        #expect(reply.headers[.allow] == "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT")
    }

    @Test func optionsOfAPath() async throws {
        let reply = try await TestAPI().ask(.options, "/v1/sweeps")
        #expect(reply.status == 204)
        #expect(reply.headers[.allow] == "GET, HEAD, OPTIONS, POST")
    }

    @Test func methodsThatAPathHasNot() async throws {
        let test = try await TestAPI()
        for method in [HTTPRequest.Method.put, .patch, .trace] {
            let reply = try await test.ask(method, "/v1/sweeps")
            #expect(reply.status == 405)
            #expect(reply.headers[.allow] == "GET, HEAD, OPTIONS, POST")
        }
    }

    @Test func methodsThatThereAreNot() async throws {
        let brew = try #require(HTTPRequest.Method("BREW"))
        await #expect(throws: HTTPError(.notImplemented, "BREW is not a method of this server.")) {
            try await TestAPI().ask(brew, "/v1/sweeps")
        }
    }

    @Test func bodiesOverTheRoutesBound() async throws {
        let test = try await TestAPI()
        let large = [UInt8](repeating: 0x20, count: Call.bodyLimitBytes + 1)
        await #expect(throws: HTTPError(.contentTooLarge, "The body is longer than \(Call.bodyLimitBytes) bytes.")) {
            try await test.ask(.post, "/v1/sweeps", large)
        }
        // Weights may be larger: they get as far as their own check.
        let weights = try await test.ask(.put, "/v1/worker/runs/none/model?attempt=1", large)
        #expect(weights.status == 404)
    }
}
