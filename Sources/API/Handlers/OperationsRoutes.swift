import HTTP
import HTTPTypes
import Storage

/// What operators and tools ask: is it alive, is it ready, what does it speak.
extension PlateauAPI {
    var operationsRoutes: [Route] {
        let documentTag = "\"\(Digest.hex(Digest.sha256(settings.openAPI)))\""
        return [
            Route(.get, "/healthz", .open, isQuick: true) { _ in
                try .json(HealthBody(status: "ok", reasons: [], version: self.settings.version))
            },
            Route(.get, "/readyz", .open) { _ in try await self.readiness() },
            Route(.get, "/metrics", .needs(.reader), isQuick: true) { _ in
                var families = await self.queueFamilies()
                for source in self.settings.metrics { families += await source() }
                return HTTPServerResponse(
                    headers: [.contentType: MetricFamily.contentType, .cacheControl: "no-store"],
                    body: .bytes(MetricFamily.text(families)))
            },
            Route(.get, "/openapi.yaml", .open, isQuick: true) { call in
                try await .conditional(call.request, etag: documentTag) {
                    HTTPServerResponse(
                        status: .ok, headers: [.contentType: "application/yaml"], body: .bytes(self.settings.openAPI))
                }
            },
        ]
    }
}
