public import HTTPTypes
import Locks

/// A request's content as it comes in. Reading it lets the connection take in more: at most about 256 KiB wait.
///
/// One task reads it, once.
public struct RequestBody: Sendable, AsyncSequence {
    public typealias Element = [UInt8]

    /// Bytes that the client has announced; nil where it has not, as with chunks.
    public let length: Int?
    /// The handler's own bound.
    private var limit = Int.max
    let channel: Channel

    /// Content that is all there.
    public init(_ bytes: [UInt8]) {
        length = bytes.count
        channel = Channel()
        if !bytes.isEmpty { _ = channel.push(bytes) }
        channel.finish(nil)
    }

    init(length: Int?, channel: Channel) {
        self.length = length
        self.channel = channel
    }

    public static let empty = RequestBody([])

    public func makeAsyncIterator() -> Iterator { Iterator(limit: limit, channel: channel) }

    /// What a chunked body said after its last chunk (RFC 9110 §6.5), without the fields that may not stand there. Empty
    /// until the body has been read to its end.
    public var trailers: HTTPFields { channel.trailers }

    /// The same content, of which reading gives `limit` bytes at most and then throws 413.
    /// - Throws: `HTTPError` 413 at once, before anything is read, where the client has announced more.
    public func limited(to limit: Int) throws -> RequestBody {
        if let length, length > limit { throw HTTPError.contentTooLarge(limit: limit) }
        var body = self
        body.limit = Swift.min(limit, self.limit)
        return body
    }

    /// Everything at once.
    /// - Throws: `HTTPError` 413 when there is more than `limit` bytes, before any is read where that was announced.
    public func collect(upTo limit: Int) async throws -> [UInt8] {
        var all: [UInt8] = []
        for try await chunk in try limited(to: limit) {
            if all.isEmpty { all = chunk } else { all.append(contentsOf: chunk) }
        }
        return all
    }

    public struct Iterator: AsyncIteratorProtocol {
        private let limit: Int
        private var count = 0
        private let channel: Channel

        fileprivate init(limit: Int, channel: Channel) {
            self.limit = limit
            self.channel = channel
        }

        public mutating func next() async throws -> [UInt8]? {
            guard let chunk = try await channel.next() else { return nil }
            count += chunk.count
            guard count <= limit else { throw HTTPError.contentTooLarge(limit: limit) }
            return chunk
        }
    }
}

extension RequestBody {
    /// The hand-over between the connection, which pushes, and the handler, which pulls.
    final class Channel: Sendable {
        private struct State {
            var chunks: [[UInt8]] = []
            var waiting = 0
            var isFinished = false
            var failure: (any Error)?
            var trailers = HTTPFields()
            var reader: CheckedContinuation<[UInt8]?, any Error>?
        }

        /// Above this many bytes waiting, the connection stops reading.
        static let highWater = 256 * 1024

        private let state = Guarded(State())
        /// Called, from any thread, when the reader wants more: first at the first read.
        private let onDemand: @Sendable () -> Void

        init(onDemand: @escaping @Sendable () -> Void = {}) {
            self.onDemand = onDemand
        }

        /// Empty until the reader has had everything.
        var trailers: HTTPFields { state.withLock { $0.chunks.isEmpty ? $0.trailers : HTTPFields() } }

        /// - Returns: false when the connection should stop reading until demand is signalled.
        func push(_ chunk: [UInt8]) -> Bool {
            let (reader, mayGoOn) = state.withLock { state -> (CheckedContinuation<[UInt8]?, any Error>?, Bool) in
                if let reader = state.reader {
                    state.reader = nil
                    return (reader, true)
                }
                state.chunks.append(chunk)
                state.waiting += chunk.count
                return (nil, state.waiting < Self.highWater)
            }
            reader?.resume(returning: chunk)
            return mayGoOn
        }

        /// Ends the content, early when `failure` says why.
        func finish(_ failure: (any Error)?, trailers: HTTPFields = [:]) {
            let reader = state.withLock { state in
                guard !state.isFinished else { return nil as CheckedContinuation<[UInt8]?, any Error>? }
                state.isFinished = true
                state.failure = failure
                state.trailers = trailers
                defer { state.reader = nil }
                return state.reader
            }
            if let failure { reader?.resume(throwing: failure) } else { reader?.resume(returning: nil) }
        }

        func next() async throws -> [UInt8]? {
            let isOver = state.withLock { $0.isFinished && $0.chunks.isEmpty && $0.failure == nil }
            if isOver { return nil }
            return try await withCheckedThrowingContinuation { continuation in
                let (result, isDrained) = state.withLock { state -> (Result<[UInt8]?, any Error>?, Bool) in
                    if !state.chunks.isEmpty {
                        let chunk = state.chunks.removeFirst()
                        state.waiting -= chunk.count
                        return (.success(chunk), state.chunks.isEmpty)
                    }
                    if let failure = state.failure { return (.failure(failure), false) }
                    if state.isFinished { return (.success(nil), false) }
                    precondition(state.reader == nil, "a body is read by one task")
                    state.reader = continuation
                    return (nil, true)
                }
                if isDrained { onDemand() }
                if let result { continuation.resume(with: result) }
            }
        }
    }
}
