import Glibc
public import HTTPTypes

/// What the HTTP layer itself refuses; handlers may throw it, too. The server answers it as a problem detail.
public struct HTTPError: Error, Sendable, Hashable, CustomStringConvertible {
    public var status: HTTPResponse.Status
    /// What was wrong and, where it helps, what is allowed. Sent to the client.
    public var detail: String

    public init(_ status: HTTPResponse.Status, _ detail: String) {
        self.status = status
        self.detail = detail
    }

    public var description: String { "\(status.code) \(detail)" }

    static func badRequest(_ detail: String) -> HTTPError { HTTPError(.badRequest, detail) }
}

/// The listening socket could not be had.
public struct ListenError: Error, Sendable, CustomStringConvertible {
    public var host: String
    public var port: Int
    public var code: Int32

    public var description: String {
        switch code {
        case EADDRINUSE: "port \(port) on \(host) is in use: stop the other program or choose another port"
        case EACCES: "this user may not listen on port \(port): choose a port from 1024 up"
        case EADDRNOTAVAIL: "\(host) is not an address of this machine"
        case ERANGE: "\(port) is no port: give one from 1 to 65535, or 0 for any that is free"
        default: "cannot listen on \(host):\(port): \(String(cString: strerror(code)))"
        }
    }
}
