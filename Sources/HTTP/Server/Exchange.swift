import HTTPTypes

/// One request in its handler's hands, from its head to the last byte of its answer.
struct Exchange {
    let number: UInt64
    let request: HTTPServerRequest
    let isHTTP10: Bool
    /// Nil where the request has no content.
    let channel: RequestBody.Channel?
    /// On the monotonic clock, in nanoseconds.
    let started: UInt64
    var task: Task<Void, Never>?
    var status: Int?
    /// Of the answer, head included.
    var bytesSent = 0
    /// A producer waits for room.
    var writer: CheckedContinuation<Void, any Error>?

    var isHead: Bool { request.method == .head }
}
