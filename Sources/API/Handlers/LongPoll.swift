import HTTP
import HTTPTypes

extension PlateauAPI {
    /// Reads `?wait=` of a `GET` and, where the client names what it has in `If-None-Match`, waits so many seconds for
    /// something else.
    ///
    /// - Parameter etag: what the client would get now.
    /// - Returns: 304 where the client has that already; nil where it is to be sent.
    func unchanged(_ call: Call, _ etag: () async throws -> String) async throws -> HTTPServerResponse? {
        let query = QueryReader(call.request.query)
        let wait = query.number("wait", in: 0...30) ?? 0
        try query.finish()
        guard call.request.headers.contains(.ifNoneMatch) else { return nil }
        let conditions = Preconditions(call.request)
        let deadline = wait > 0 ? ContinuousClock.now + .seconds(wait) : nil
        while true {
            let seen = changes.count
            let current = try await etag()
            guard case .notModified(let known) = conditions.evaluate(eTag: current) else { return nil }
            let left = deadline.map { $0 - ContinuousClock.now } ?? .zero
            if left <= .zero || changes.isOver || Task.isCancelled { return .notModified(known ?? current) }
            await changes.wait(past: seen, atMost: left)
        }
    }
}
