public import HTTPTypes
public import Logging

/// A request that has ended, for a log.
public struct RequestRecord: Sendable {
    /// Nil where what came could not be read as a request.
    public var method: HTTPRequest.Method?
    /// Without the query, which may hold what a log must not.
    public var path: String?
    /// What `HTTPServerResponse.route` says.
    public var route: String?
    /// Nil where the client left before there was one.
    public var status: Int?
    /// Sent, the head included.
    public var bytes: Int
    /// From the head's arrival until the answer was handed to the kernel.
    public var nanoseconds: UInt64
    /// The peer's address.
    public var client: String
    /// The subject of the certificate that the client has shown.
    public var clientSubject: String?
    public var requestID: String
    public var traceID: String?
    /// The answer went out to its end.
    public var isComplete: Bool
    /// Why the server refused it itself, without asking the handler.
    public var refusal: String?

    /// What is known of it, by the names that it bears in a log.
    public var metadata: Logger.Metadata {
        var metadata: Logger.Metadata = [
            "request_id": "\(requestID)", "status": "\(status ?? 0)", "bytes": "\(bytes)",
            "ms": "\((Double(nanoseconds) / 1e4).rounded() / 100)", "client": "\(client)",
        ]
        if let clientSubject { metadata["client_subject"] = "\(clientSubject)" }
        if let method { metadata["method"] = "\(method.rawValue)" }
        if let path { metadata["path"] = "\(path)" }
        if let route { metadata["route"] = "\(route)" }
        if let traceID { metadata["trace_id"] = "\(traceID)" }
        if let refusal { metadata["reason"] = "\(refusal)" }
        if !isComplete { metadata["aborted"] = "true" }
        return metadata
    }
}
