import Foundation
import HTTP
import HTTPTypes
import Storage

extension PlateauAPI {
    var runRoutes: [Route] {
        [
            Route(.get, "/v1/runs/{id}", .needs(.reader), readsQuery: true, isQuick: true, showRun),
            Route(.post, "/v1/runs/{id}/cancel", .needs(.submitter)) { call in
                let (run, orphans) = try await self.store.cancel(run: call.parameter("id"))
                self.announceOrder()
                self.delete(orphans)
                return try .json(RunBody(run))
            },
            Route(.post, "/v1/runs/{id}/pause", .needs(.submitter)) { call in
                let run = try await self.store.pause(run: call.parameter("id"))
                self.announceOrder()
                return try .json(RunBody(run))
            },
            Route(.post, "/v1/runs/{id}/resume", .needs(.submitter)) { call in
                let run = try await self.store.resume(run: call.parameter("id"))
                self.announceWork()
                return try .json(RunBody(run))
            },
            Route(.post, "/v1/runs/{id}/rerun", .needs(.submitter)) { call in
                let run = try await self.store.rerun(run: call.parameter("id"))
                self.announceWork()
                return try .json(RunBody(run))
            },
            Route(.get, "/v1/runs/{id}/curve", .needs(.reader), readsQuery: true, showCurve),
            Route(.get, "/v1/runs/{id}/forecast", .needs(.reader), showForecast),
            Route(.get, "/v1/runs/{id}/model", .needs(.reader), sendModel),
        ]
    }

    @Sendable private func showRun(_ call: Call) async throws -> HTTPServerResponse {
        let id = call.parameter("id")
        func shown() async throws -> ShownRuns.Answer {
            try await shownRuns.answer(id, generation: store.generation) {
                let run = try await store.run(id)
                let logTail = run.error == nil ? nil : try await store.failureLog(ofRun: id)
                return .init(etag: "\"\(id)-\(run.version)\"", json: try RunBody(run, logTail: logTail).json)
            }
        }
        if let answer = try await unchanged(call, { try await shown().etag }) { return answer }
        let answer = try await shown()
        return .json(answer.json, etag: answer.etag)
    }

    @Sendable private func showCurve(_ call: Call) async throws -> HTTPServerResponse {
        let query = QueryReader(call.request.query)
        let limit = query.integer("max_points", in: 2...10_000)
        try query.finish()
        let wantsCSV = try Representation.choose(call.request.headers[.accept]) == .csv
        let run = try await store.run(call.parameter("id"))
        let kind = "\(wantsCSV ? "csv" : "json")-\(limit ?? 0)"
        let etag = "\"\(run.id)-\(run.version)-\(kind)\""
        var response = try await HTTPServerResponse.conditional(call.request, etag: etag) {
            var points = try await store.curve(ofRun: run.id).map(EpochBody.init)
            if let limit { points = CurveThinning.thin(points, to: limit) }
            guard wantsCSV else { return .json(CurveBody(runID: run.id, points: points).json, etag: etag) }
            return HTTPServerResponse(
                status: .ok, headers: [.contentType: "text/csv; charset=utf-8"],
                body: .bytes(Array(CurveCSV.text(points).utf8)))
        }
        response.headers[.vary] = "Accept"
        return response
    }

    @Sendable private func showForecast(_ call: Call) async throws -> HTTPServerResponse {
        let run = try await store.run(call.parameter("id"))
        let (forecast, last) = try await forecasts.forecast(run)
        return try .json(ForecastBody(forecast, lastValDSC: last.valDSC, runID: run.id))
    }
}

/// JSON or CSV, by `Accept` (RFC 9110 §12.5.1): the first that the client names, JSON when it takes anything.
enum Representation {
    case json, csv

    static func choose(_ accept: String?) throws -> Representation {
        guard let accept else { return .json }
        for range in accept.split(separator: ",") {
            let parts = range.split(separator: ";").map { $0.trimmingCharacters(in: .whitespaces).lowercased() }
            if parts.dropFirst().contains(where: { $0.wholeMatch(of: /q=0(\.0*)?/) != nil }) { continue }
            switch parts.first ?? "" {
            case "application/json", "application/*", "*/*": return .json
            case "text/csv", "text/*": return .csv
            default: continue
            }
        }
        throw Problem(.notAcceptable, "A curve comes as application/json or text/csv.")
    }
}

/// A curve as CSV (RFC 4180), with the names of the JSON fields.
enum CurveCSV {
    static func text(_ points: [EpochBody]) -> String {
        var text = "epoch,train_loss,val_loss,val_dsc,learning_rate,seconds,images_seen\r\n"
        for point in points {
            text += "\(point.epoch),\(point.trainLoss),\(point.valLoss),\(point.valDSC),\(point.learningRate),"
            text += "\(point.seconds),\(point.imagesSeen)\r\n"
        }
        return text
    }
}

/// Drops points of a long curve and keeps its shape.
enum CurveThinning {
    /// The first and last point, and of each of `limit`/2 − 1 equal stretches between the lowest and highest DSC.
    static func thin(_ points: [EpochBody], to limit: Int) -> [EpochBody] {
        guard points.count > limit, let first = points.first, let last = points.last else { return points }
        let inner = points.dropFirst().dropLast()
        let stretches = (limit - 2) / 2
        var kept = [first]
        for stretch in 0..<stretches {
            let from = inner.startIndex + inner.count * stretch / stretches
            let to = inner.startIndex + inner.count * (stretch + 1) / stretches
            let part = inner[from..<to]
            guard let low = part.min(by: { $0.valDSC < $1.valDSC }), let high = part.max(by: { $0.valDSC < $1.valDSC })
            else { continue }
            kept += low == high ? [low] : [low, high].sorted { $0.epoch < $1.epoch }
        }
        return kept + [last]
    }
}
