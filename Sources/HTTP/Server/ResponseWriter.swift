/// Takes the content of a streamed answer.
public struct ResponseWriter: Sendable {
    private let send: @Sendable ([UInt8]) async throws -> Void

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
}
