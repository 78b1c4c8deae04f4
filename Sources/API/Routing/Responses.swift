import Foundation
import HTTP
import HTTPTypes

extension HTTPServerResponse {
    static func json<Body: Encodable>(
        _ body: Body, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]
    ) throws -> HTTPServerResponse {
        var headers = headers
        headers[.contentType] = "application/json"
        return HTTPServerResponse(
            status: status, headers: headers, body: .bytes([UInt8](try JSONCoding.encoder().encode(body))))
    }

    /// A body that is JSON already.
    static func json(_ bytes: [UInt8], etag: String? = nil) -> HTTPServerResponse {
        var headers: HTTPFields = [.contentType: "application/json"]
        headers[.eTag] = etag
        return HTTPServerResponse(headers: headers, body: .bytes(bytes))
    }

    static func notModified(_ etag: String) -> HTTPServerResponse {
        HTTPServerResponse(status: .notModified, headers: [.eTag: etag])
    }

    /// A representation with a strong validator: 304 without a body where the client already has it, 412 where it asked
    /// for another (RFC 9110 §13).
    static func conditional(
        _ request: HTTPServerRequest, etag: String, _ make: () async throws -> HTTPServerResponse
    ) async throws -> HTTPServerResponse {
        switch Preconditions(request).evaluate(eTag: etag) {
        case .met: break
        case .notModified(let known):
            return .notModified(known ?? etag)
        case .failed: throw HTTPError(.preconditionFailed, "What is there has changed; get it anew.")
        }
        var response = try await make()
        response.headers[.eTag] = etag
        return response
    }

    static func problem(_ problem: Problem, requestID: String?) -> HTTPServerResponse {
        var headers = problem.headers
        headers[.contentType] = "application/problem+json"
        let body = try? JSONCoding.encoder().encode(ProblemBody(problem, requestID: requestID))
        return HTTPServerResponse(status: problem.kind.status, headers: headers, body: .bytes([UInt8](body ?? Data())))
    }
}
