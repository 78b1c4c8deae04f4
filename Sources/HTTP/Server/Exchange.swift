import Dispatch
import HTTPTypes

/// One request in its handler's hands, from its head to the last byte of its answer.
struct Exchange {
    let number: UInt64
    let request: HTTPServerRequest
    let isHTTP10: Bool
    let channel: RequestBody.Channel
    let started: DispatchTime
    var task: Task<Void, Never>?
    var status: Int?
    /// Of the answer, head included.
    var bytesSent = 0
    /// A producer waits for room.
    var writer: CheckedContinuation<Void, any Error>?

    var isHead: Bool { request.method == .head }
}
