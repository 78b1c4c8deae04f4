import Dispatch
import HTTPTypes

/// One request on a connection, from its head to the last byte of its answer.
struct Exchange {
    let number: UInt64
    let head: RequestHead
    let request: HTTPServerRequest
    let channel: RequestBody.Channel
    let started: DispatchTime
    var task: Task<Void, Never>?
    /// The whole request has come in.
    var bodyEnded = false
    /// `100 Continue` was sent, or is not wanted any more.
    var isContinueSettled: Bool
    var status: Int?
    var bytesSent = 0
    var keepsAlive = false

    var path: String { request.path }
}
