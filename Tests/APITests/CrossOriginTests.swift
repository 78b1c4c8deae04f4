import HTTP
import HTTPTypes
import Testing

@testable import API

/// Pages of other origins.
@Suite struct CrossOriginTests {
    private let page = "https://dashboard.example"

    private func allowing(_ origins: String...) async throws -> TestAPI {
        try await TestAPI { $0.crossOrigin = CrossOriginPolicy(origins: origins) }
    }

    @Test func aPageThatIsAllowedMayRead() async throws {
        let test = try await allowing("http://localhost:3000", page)
        for target in ["/v1/sweeps", "/v1/runs/run_none", "/healthz"] {
            let reply = try await test.ask(.get, target, headers: [.origin: page])
            #expect(reply.headers[.accessControlAllowOrigin] == page)
            #expect(reply.headers[.vary] == "Origin")
            #expect(reply.headers[.accessControlExposeHeaders]?.contains("ETag") == true)
            #expect(reply.headers[.accessControlAllowCredentials] == nil)
        }
    }

    @Test func aBrowserThatAsksBeforeIsToldWhatItMaySend() async throws {
        let test = try await allowing(page)
        // Without a token: browsers send none yet.
        let response = try await test.api.handler()(
            HTTPServerRequest(
                method: .options, target: "/v1/sweeps",
                headers: [
                    .origin: page, .accessControlRequestMethod: "POST", .accessControlRequestHeaders: "authorization",
                ]))
        #expect(response.status == .noContent)
        #expect(response.headers[.accessControlAllowOrigin] == page)
        #expect(response.headers[.accessControlAllowMethods] == "GET, HEAD, OPTIONS, POST")
        #expect(response.headers[.accessControlAllowHeaders]?.contains("Authorization") == true)
        #expect(response.headers[.accessControlMaxAge] == "600" && response.headers[.vary] == "Origin")
    }

    @Test(arguments: [
        "https://dashboard.example.evil", "http://dashboard.example", "https://dashboard.example:8443", "null", "*",
        "https://evil.example",
    ])
    func anyOtherPageIsNot(origin: String) async throws {
        let test = try await allowing(page)
        for method in [HTTPRequest.Method.get, .options] {
            let reply = try await test.ask(
                method, "/v1/sweeps", headers: [.origin: origin, .accessControlRequestMethod: "GET"])
            #expect(reply.headers[.accessControlAllowOrigin] == nil && reply.headers[.accessControlAllowMethods] == nil)
            // A cache must not hand this answer to the page that may read it.
            #expect(reply.headers[.vary] == "Origin")
        }
    }

    @Test func withoutAListNothingIsSaid() async throws {
        let reply = try await TestAPI().ask(.get, "/v1/sweeps", headers: [.origin: page])
        #expect(reply.headers[.accessControlAllowOrigin] == nil && reply.headers[.vary] == nil)
    }

    @Test func originsAreWhatBrowsersSend() {
        for good in ["https://a.example", "http://localhost:3000", "http://127.0.0.1", "https://[::1]:8443"] {
            #expect(CrossOriginPolicy.isOrigin(good), "\(good)")
        }
        let others = [
            "*", "null", "https://a.example/", "a.example", "https://A.example", "ftp://a.example", "https://a b",
        ]
        for bad in others {
            #expect(!CrossOriginPolicy.isOrigin(bad), "\(bad)")
        }
    }
}
