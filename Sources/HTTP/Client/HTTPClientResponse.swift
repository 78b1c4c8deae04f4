public import HTTPTypes

/// An answer, whole.
public struct HTTPClientResponse: Sendable {
    public var status: HTTPResponse.Status
    public var headers: HTTPFields
    /// Empty where the content went to a file.
    public var body: [UInt8]
    /// What a chunked answer said after its content. Sent only where the request had `TE: trailers`.
    public var trailers = HTTPFields()
}

/// Why there was no answer.
public struct HTTPClientError: Error, Sendable, CustomStringConvertible {
    public enum Reason: Sendable, Hashable {
        /// The server's address or the request's target cannot be used.
        case badURL
        /// Nothing listens there, or no such host.
        case unreachable
        /// The server's certificate is not to be trusted, or is another's.
        case untrusted
        /// Client and server cannot agree on TLS, or it broke down.
        case tlsFailed
        case timedOut
        /// The connection ended before the answer did.
        case broken
        /// Ended from another thread by `interrupt()`.
        case interrupted
        /// What came is not HTTP, or larger than the bound.
        case badResponse
        /// The file to send.
        case cannotReadFile
        /// The file that takes the answer.
        case cannotWriteFile
    }

    public var reason: Reason
    /// The address as it was given.
    public var server: String
    public var detail: String

    public var description: String {
        switch reason {
        case .badURL: "\(server) is not a usable address: \(detail)"
        case .unreachable: "cannot reach \(server): \(detail). Is the server running, and is this its address?"
        case .untrusted: "\(server) cannot be trusted: \(detail)"
        case .tlsFailed: "TLS with \(server) failed: \(detail)"
        case .timedOut: "\(server) did not answer in time: \(detail)"
        case .broken: "the connection to \(server) broke: \(detail). Is the server still running?"
        case .interrupted: "the request to \(server) was interrupted"
        case .badResponse: "\(server) gave an answer that cannot be read: \(detail)"
        case .cannotReadFile: "cannot read the file to send: \(detail)"
        case .cannotWriteFile: "cannot save the answer: \(detail)"
        }
    }
}
