public import HTTPTypes

/// A problem detail (RFC 9457): what was wrong with a request and what to do about it. Thrown by handlers, written by
/// the router. `kind` is stable; programs match on it, people read `detail`.
public struct Problem: Error, Sendable, Hashable {
    public enum Kind: String, Sendable, CaseIterable, Codable {
        case malformedJSON = "malformed-json"
        case invalidRequest = "invalid-request"
        case datasetProblems = "dataset-problems"
        case pathNotAllowed = "path-not-allowed"
        case unauthenticated
        case forbidden
        case notFound = "not-found"
        case methodNotAllowed = "method-not-allowed"
        case notAcceptable = "not-acceptable"
        case conflict
        case staleAttempt = "stale-attempt"
        case invalidState = "invalid-state"
        case overQuota = "over-quota"
        case idempotencyMismatch = "idempotency-mismatch"
        case contentTooLarge = "content-too-large"
        case unsupportedMediaType = "unsupported-media-type"
        case `internal`
        case modelDamaged = "model-damaged"
        case rateLimited = "rate-limited"
        case storageUnavailable = "storage-unavailable"
        case storageFull = "storage-full"
    }

    /// One field that was wrong, by JSON Pointer (RFC 6901) into the body, or `?name` for a query parameter.
    public struct FieldError: Sendable, Hashable, Codable {
        public var pointer: String
        public var detail: String
        /// For a data set: the file that is bad, relative to the data set's folder.
        public var file: String?
        /// For a data set: the stable name of what is wrong with the file.
        public var reason: String?

        public init(pointer: String, detail: String, file: String? = nil, reason: String? = nil) {
            self.pointer = pointer
            self.detail = detail
            self.file = file
            self.reason = reason
        }
    }

    public var kind: Kind
    public var detail: String
    public var errors: [FieldError]
    /// Header fields the answer must carry (`Allow`, `WWW-Authenticate`, `Retry-After`).
    public var headers: HTTPFields

    public init(_ kind: Kind, _ detail: String, errors: [FieldError] = [], headers: HTTPFields = [:]) {
        self.kind = kind
        self.detail = detail
        self.errors = errors
        self.headers = headers
    }

    /// A request whose fields break the stated bounds.
    static func invalid(_ errors: [FieldError]) -> Problem {
        let first = errors.first.map { "\($0.pointer.isEmpty ? "the body" : $0.pointer) \($0.detail)" } ?? ""
        let more = errors.count > 1 ? " (and \(errors.count - 1) more under errors)" : ""
        return Problem(.invalidRequest, "\(first)\(more)", errors: errors)
    }

    static func invalid(_ pointer: String, _ detail: String) -> Problem {
        invalid([FieldError(pointer: pointer, detail: detail)])
    }
}

extension Problem.Kind {
    var status: HTTPResponse.Status {
        switch self {
        case .malformedJSON: .badRequest
        case .invalidRequest, .datasetProblems, .pathNotAllowed: .unprocessableContent
        case .unauthenticated: .unauthorized
        case .forbidden: .forbidden
        case .notFound: .notFound
        case .methodNotAllowed: .methodNotAllowed
        case .notAcceptable: .notAcceptable
        case .conflict, .staleAttempt, .invalidState, .overQuota, .idempotencyMismatch: .conflict
        case .contentTooLarge: .contentTooLarge
        case .unsupportedMediaType: .unsupportedMediaType
        case .internal, .modelDamaged: .internalServerError
        case .rateLimited: .tooManyRequests
        case .storageUnavailable: .serviceUnavailable
        case .storageFull: .init(code: 507, reasonPhrase: "Insufficient Storage")
        }
    }

    var title: String {
        switch self {
        case .malformedJSON: "The body is not valid JSON"
        case .invalidRequest: "The request breaks a stated bound"
        case .datasetProblems: "Files of the data set cannot be used"
        case .pathNotAllowed: "The path cannot be registered"
        case .unauthenticated: "A valid token is needed"
        case .forbidden: "The token does not have the right"
        case .notFound: "There is nothing here"
        case .methodNotAllowed: "The method is not allowed here"
        case .notAcceptable: "No acceptable representation"
        case .conflict: "The name is taken"
        case .staleAttempt: "The attempt has ended"
        case .invalidState: "The state does not allow it"
        case .overQuota: "The token's quota does not allow it"
        case .idempotencyMismatch: "The idempotency key was used for another request"
        case .contentTooLarge: "The body is too large"
        case .unsupportedMediaType: "The body's media type is not supported"
        case .internal: "The server failed"
        case .modelDamaged: "The weights are damaged"
        case .rateLimited: "Too many requests"
        case .storageUnavailable: "The server's storage does not answer"
        case .storageFull: "The server's disk is full"
        }
    }
}

/// The body of a problem detail.
public struct ProblemBody: Codable, Sendable {
    public var type: String
    public var title: String
    public var status: Int
    public var detail: String
    /// The request's id, as in the server's log.
    public var instance: String?
    public var errors: [Problem.FieldError]?

    static let typePrefix = "urn:plateau:problem:"

    init(_ problem: Problem, requestID: String?) {
        type = Self.typePrefix + problem.kind.rawValue
        title = problem.kind.title
        status = problem.kind.status.code
        detail = problem.detail
        instance = requestID
        errors = problem.errors.isEmpty ? nil : problem.errors
    }
}
