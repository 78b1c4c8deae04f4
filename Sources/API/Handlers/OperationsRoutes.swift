import HTTP
import HTTPTypes
import Storage

/// What operators and tools ask: is it alive, is it ready, what does it speak.
extension PlateauAPI {
    var operationsRoutes: [Route] {
        let documentTag = "\"\(Digest.hex(Digest.sha256(settings.openAPI)))\""
        return [
            Route(.get, "/healthz", .open, isQuick: true) { _ in
                try .json(HealthBody(status: "ok", reasons: [], version: settings.version))
            },
            Route(.get, "/readyz", .open) { _ in try await readiness() },
            Route(.get, "/metrics", .needs(.reader), isQuick: true) { _ in
                var families = await queueFamilies()
                for source in settings.metrics { families += await source() }
                return HTTPServerResponse(
                    headers: [.contentType: MetricFamily.contentType, .cacheControl: "no-store"],
                    body: .bytes(MetricFamily.text(families)))
            },
            Route(.get, "/openapi.yaml", .open, isQuick: true) { call in
                try await .conditional(call.request, etag: documentTag) {
                    HTTPServerResponse(
                        status: .ok, headers: [.contentType: "application/yaml"], body: .bytes(settings.openAPI))
                }
            },
        ]
    }
}
