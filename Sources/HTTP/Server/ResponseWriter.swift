public import HTTPTypes
import Locks

/// Takes the content of a streamed answer.
public struct ResponseWriter: Sendable {
    private let send: @Sendable ([UInt8]) async throws -> Void
    private let ending = Guarded(HTTPFields())

    /// - Parameter send: takes one piece and returns when there is room for another.
    public init(_ send: @escaping @Sendable ([UInt8]) async throws -> Void) {
        self.send = send
    }

    /// Sends a piece. Returns at once while less than 256 KiB wait for the client, else when it has taken some.
    /// - Throws: `CancellationError` when the client has left or the server ends.
    public func write(_ bytes: [UInt8]) async throws {
        try Task.checkCancellation()
        try await send(bytes)
    }

    /// Has these fields follow the content (RFC 9110 §6.5), such as a checksum of it. They go to a client that sent
    /// `TE: trailers` in HTTP/1.1 and are dropped for others, so nothing may depend on them; name them in the answer's
    /// `Trailer` header. Of fields that may not stand there, none is sent.
    public func setTrailers(_ fields: HTTPFields) {
        ending.withLock { $0 = fields }
    }

    var trailers: HTTPFields { ending.withLock { $0 } }
}
