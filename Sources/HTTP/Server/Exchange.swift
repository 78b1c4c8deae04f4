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
    /// What the response says.
    var route: String?
    /// Why it was refused, where no handler answers it.
    var refusal: String?
    /// Of the answer, head included.
    var bytesSent = 0
    /// What the response says of its stream.
    var streamBufferBytes = RequestBody.Channel.highWater
    var isEndless = false
    /// Whoever writes has been cancelled.
    var isWriterCancelled = false
    /// A producer waits for room.
    var writer: CheckedContinuation<Void, any Error>?

    var isHead: Bool { request.method == .head }
}
