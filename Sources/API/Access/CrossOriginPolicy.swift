import HTTP
import HTTPTypes

/// Which web pages of other origins may ask (CORS, as the Fetch standard has it). Pages send a token as any client does;
/// nothing that a browser adds by itself lets anyone in, so credentials are never allowed.
public struct CrossOriginPolicy: Sendable, Hashable {
    /// As browsers send them: `https://dashboard.example`, with a port where it is not the scheme's own.
    public let origins: [String]

    /// - Parameter origins: each must be one that `isOrigin`.
    public init(origins: [String]) {
        precondition(origins.allSatisfy(Self.isOrigin))
        self.origins = origins
    }

    /// Scheme, host and perhaps a port, in lower case, with nothing after them. Neither `*` nor `null`: whoever may ask is
    /// named.
    public static func isOrigin(_ text: String) -> Bool {
        text.utf8.count <= 300
            && text.wholeMatch(of: /https?:\/\/(\[[0-9a-f:.]+\]|[a-z0-9]([a-z0-9.-]*[a-z0-9])?)(:[0-9]{1,5})?/) != nil
    }

    /// Adds to an answer what lets the page of an allowed origin read it.
    func allow(_ request: HTTPServerRequest, _ response: inout HTTPServerResponse) {
        guard !origins.isEmpty else { return }
        // Also where no origin was sent: a cache must not hand the answer to a page that sends one.
        response.headers[.vary] = (response.headers[.vary].map { $0 + ", " } ?? "") + "Origin"
        guard let origin = request.headers[.origin], origins.contains(origin) else { return }
        response.headers[.accessControlAllowOrigin] = origin
        response.headers[.accessControlExposeHeaders] = "ETag, Location, Retry-After, X-Request-Id, Content-Disposition"
        // A browser asks before it sends a token or JSON.
        guard request.method == .options, request.headers[.accessControlRequestMethod] != nil,
            let allowed = response.headers[.allow]
        else { return }
        response.headers[.accessControlAllowMethods] = allowed
        response.headers[.accessControlAllowHeaders] =
            "Authorization, Content-Type, Accept, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID, Range, "
            + "X-Request-Id, traceparent"
        response.headers[.accessControlMaxAge] = "600"
    }
}
