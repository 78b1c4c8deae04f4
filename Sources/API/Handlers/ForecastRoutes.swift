import Foundation
import HTTP
import HTTPTypes
import LearningCurves

extension PlateauAPI {
    var forecastRoutes: [Route] {
        [Route(.post, "/v1/forecasts", .needs(.reader), isAudited: false, bodyBytes: 2 << 20, forecastCurve)]
    }

    /// Stores nothing. The curve is short and the surrogate small: it takes no longer than a change of threads would.
    @Sendable private func forecastCurve(_ call: Call) async throws -> HTTPServerResponse {
        guard let request = try await call.body({ ForecastRequest($0) }) else {
            throw Problem(.invalidRequest, "The request is not complete.")
        }
        let forecast = try await forecasts.forecaster.forecast(request.points, context: request.context)
        return try .json(ForecastBody(forecast, lastValDSC: request.points[request.points.count - 1].valDSC))
    }
}
