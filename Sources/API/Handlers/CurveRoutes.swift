import Foundation
import HTTP
import HTTPTypes
import LearningCurves
import Logging
import Storage

/// Curves of runs that were trained elsewhere: what is learned from them serves the forecasts of those trained here.
extension PlateauAPI {
    var curveRoutes: [Route] {
        [
            Route(.post, "/v1/curves", .needs(.submitter), readsQuery: true, bodyBytes: 2 << 20, importCurve),
            Route(.get, "/v1/curves", .needs(.reader), readsQuery: true) { call in
                let page = try PageRequest(QueryReader(call.request.query)) { _ in }
                let slice = try await self.store.importedCurves(after: page.cursor, limit: page.limit)
                return try .json(
                    Page(items: try slice.items.map(ImportedCurveBody.init), nextCursor: slice.nextCursor))
            },
            Route(.delete, "/v1/curves/{id}", .needs(.submitter)) { call in
                try await self.store.deleteCurve(call.parameter("id"))
                return HTTPServerResponse(status: .noContent)
            },
        ]
    }

    @Sendable private func importCurve(_ call: Call) async throws -> HTTPServerResponse {
        let query = QueryReader(call.request.query)
        let asked: CurveImport
        if let text = try await call.csv() {
            asked = try CurveImport(csv: text, query)
        } else {
            try query.finish()
            guard let read = try await call.body({ CurveImport($0) }) else {
                throw Problem(.invalidRequest, "The request is not complete.")
            }
            asked = read
        }
        // Refuses what no surrogate could read. Of a whole curve it is what was measured.
        let final = try Forecaster(surrogate: .shipped).forecast(
            asked.finished.points, context: asked.finished.context)
        let content = try JSONCoding.encoder().encode(RefinementBody.FinishedRun(asked.finished))
        let curve = try await store.insertCurve(
            name: asked.name, submitter: call.principal?.tokenID ?? "", epochs: asked.finished.context.totalEpochs,
            finalDSC: final.quantiles.median, contentJSON: String(decoding: content, as: UTF8.self))
        logger.info("curve imported", metadata: ["curve": "\(curve.id)", "epochs": "\(curve.epochs)"])
        return try .json(try ImportedCurveBody(curve), status: .created)
    }
}
