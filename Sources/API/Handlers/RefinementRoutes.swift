import HTTP
import HTTPTypes
import Logging

/// The worker protocol's other kind of work: refining the surrogate on the store's finished curves.
extension PlateauAPI {
    var refinementRoutes: [Route] {
        [
            // Asked before every claim of a run; what comes of it is in the audit by its report.
            Route(.post, "/v1/worker/refinements/claim", .needs(.worker), isAudited: false, claimRefinement),
            Route(.post, "/v1/worker/refinements/{version}/finish", .needs(.worker), finishRefinement),
        ]
    }

    @Sendable private func claimRefinement(_ call: Call) async throws -> HTTPServerResponse {
        let worker = try await call.body { fields in
            fields.require("worker")
            return fields.string("worker", length: 1...200)
        }
        guard let body = try await forecasts.claimRefinement() else { return HTTPServerResponse(status: .noContent) }
        logger.info(
            "refinement claimed", metadata: ["version": "\(body.version)", "worker": "\(worker ?? "")"])
        return try .json(body)
    }

    @Sendable private func finishRefinement(_ call: Call) async throws -> HTTPServerResponse {
        guard let version = Int(call.parameter("version")), (1...1_000_000_000).contains(version) else {
            throw Problem(.notFound, "The version of a surrogate is a whole number from 1 on.")
        }
        guard let report = try await call.body({ RefinementReport($0, version: version) }) else {
            throw Problem(.invalidRequest, "The request is not complete.")
        }
        try await forecasts.finishRefinement(version, report)
        return HTTPServerResponse(status: .noContent)
    }
}
