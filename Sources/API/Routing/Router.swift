import HTTP
import HTTPTypes
import Logging
import Storage

/// Finds the route of a request, asks who is there, runs the handler and turns what it throws into a problem detail.
struct Router: Sendable {
    /// By the number of segments of their patterns.
    private let routes: [Int: [Route]]
    private let authenticator: Authenticator
    private let rates: RequestRates?
    private let crossOrigin: CrossOriginPolicy
    private let store: Store
    private let logger: Logger

    init(
        routes: [Route], authenticator: Authenticator, rates: RequestRates?, crossOrigin: CrossOriginPolicy,
        store: Store, logger: Logger
    ) {
        self.routes = Dictionary(grouping: routes, by: \.segmentCount)
        self.authenticator = authenticator
        self.rates = rates
        self.crossOrigin = crossOrigin
        self.store = store
        self.logger = logger
    }

    func respond(to request: HTTPServerRequest) async throws -> HTTPServerResponse {
        var route: String?
        var response: HTTPServerResponse
        do {
            response = try await dispatch(request, &route)
        } catch let error as HTTPError {
            // Of the connection, not of the app: the layer below answers it.
            throw error
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            let problem = Problem(describing: error)
            if problem.kind.status.code >= 500 {
                logger.error("request failed", metadata: ["request": "\(request.id)", "error": "\(error)"])
            }
            response = .problem(problem, requestID: request.id)
        }
        response.route = route
        crossOrigin.allow(request, &response)
        // What a caller's text makes of JSON is not for a browser to guess.
        response.headers[.xContentTypeOptions] = "nosniff"
        return response
    }

    /// - Parameter name: set to the pattern of the route, where there is one.
    private func dispatch(_ request: HTTPServerRequest, _ name: inout String?) async throws -> HTTPServerResponse {
        // RFC 9110 §9.3.7: about the server as a whole.
        if request.method == .options, request.path == "*" {
            let methods = routes.values.joined().map(\.method)
            return HTTPServerResponse(status: .noContent, headers: [.allow: Self.allowed(methods)])
        }
        // RFC 9110 §9.1: 501 for a method that is not known here at all, 405 for one that this path has not.
        guard Self.knownMethods.contains(request.method.rawValue) else {
            throw HTTPError(.notImplemented, "\(request.method.rawValue.prefix(32)) is not a method of this server.")
        }
        guard let segments = request.pathSegments else {
            throw Problem(.notFound, "The path is not validly percent-encoded.")
        }
        let matches = routes[segments.count, default: []].filter { $0.matches(segments) }
        guard !matches.isEmpty else {
            throw Problem(.notFound, "There is no \(request.path.prefix(200)); /openapi.yaml lists what there is.")
        }
        let method = request.method == .head ? .get : request.method
        guard let route = matches.first(where: { $0.method == method }) else {
            let allowed = Self.allowed(matches.map(\.method))
            if request.method == .options {
                return HTTPServerResponse(status: .noContent, headers: [.allow: allowed])
            }
            throw Problem(
                .methodNotAllowed, "\(request.method.rawValue.prefix(32)) is not allowed here; allowed: \(allowed).",
                headers: [.allow: allowed])
        }
        name = route.pattern
        var principal: Principal?
        if case .needs(let role) = route.access {
            let known = try await authenticator.authenticate(request.header(.authorization))
            try admit(known, to: role)
            guard known.role.allows(role) else {
                let problem = Problem(
                    .forbidden,
                    "The token \"\(known.name)\" has the role \(known.role.rawValue); this needs \(role.rawValue). "
                        + "An admin can make one: plateau token create --role \(role.rawValue)")
                if route.isAudited {
                    let call = Call(request: request, parameters: route.parameters(segments), principal: known)
                    await note(Self.audited(call, route, known), problem)
                }
                throw problem
            }
            principal = known
        }
        if !route.readsQuery { try QueryReader(request.query).finish() }
        var request = request
        request.body = try request.body.limited(to: route.bodyBytes)
        let call = Call(request: request, parameters: route.parameters(segments), principal: principal)
        if route.isQuick { return try await handle(call, route) }
        // Off the connection's loop, if it is on one.
        return try await withTaskExecutorPreference(globalConcurrentExecutor) { try await handle(call, route) }
    }

    private func handle(_ call: Call, _ route: Route) async throws -> HTTPServerResponse {
        guard route.isAudited, let principal = call.principal else { return try await route.handler(call) }
        return try await audit(Self.audited(call, route, principal)) { try await route.handler(call) }
    }

    /// What workers report is not held back: their runs would wait for it, and they ask no more often than they train.
    private func admit(_ principal: Principal, to role: Role) throws {
        guard role != .worker, let token = principal.tokenID, let wait = rates?.take(token) else { return }
        throw Problem(
            .rateLimited,
            "The token \"\(principal.name)\" asks too often. Wait as long as Retry-After says; to follow a run, use ?wait= or "
                + "its events instead of asking again and again.",
            headers: [.retryAfter: "\(max(1, Int(wait.rounded(.up))))"])
    }

    private static func audited(_ call: Call, _ route: Route, _ principal: Principal) -> AuditedRequest {
        AuditedRequest(
            tokenID: principal.tokenID, tokenName: principal.name, action: "\(route.method.rawValue) \(route.pattern)",
            subject: call.parameters["id"], requestID: call.request.id)
    }

    /// Has a handler's changes written down with who asked for them, and that it was refused where the state of things or
    /// the server's own failed it. What was merely ill-formed is in the log alone.
    private func audit(
        _ audited: AuditedRequest, _ handle: () async throws -> HTTPServerResponse
    ) async throws -> HTTPServerResponse {
        defer { audited.end() }
        do {
            return try await AuditedRequest.$current.withValue(audited) { try await handle() }
        } catch {
            let problem = Problem(describing: error)
            let status = problem.kind.status.code
            if !(error is HTTPError), !(error is CancellationError), status == 409 || status >= 500, !audited.hasEnded {
                await note(audited, problem)
            }
            throw error
        }
    }

    private func note(_ audited: AuditedRequest, _ problem: Problem) async {
        do {
            try await store.noteRefusal(of: audited, outcome: problem.kind.rawValue)
        } catch {
            logger.error(
                "a refusal is missing from the audit",
                metadata: ["request": "\(audited.requestID)", "error": "\(error)"])
        }
    }

    /// RFC 9110 §9, RFC 5789, and QUERY of the HTTP working group.
    private static let knownMethods: Set<String> = [
        "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY",
    ]

    private static func allowed(_ methods: [HTTPRequest.Method]) -> String {
        var names = Set(methods.map(\.rawValue))
        if names.contains("GET") { names.insert("HEAD") }
        names.insert("OPTIONS")
        return names.sorted().joined(separator: ", ")
    }
}
