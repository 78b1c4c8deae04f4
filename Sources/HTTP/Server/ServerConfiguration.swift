/// Where handlers run.
public enum HandlerPlacement: Sendable, Hashable {
    /// On Swift's cooperative pool, whatever they do.
    case pool
    /// On their connection's loop, which costs least: no other thread is woken for a request. What a handler computes
    /// between two awaits keeps the loop's other connections waiting, so let it take long things elsewhere: to a thread
    /// of its own, or to the pool by `withTaskExecutorPreference(globalConcurrentExecutor)`.
    case loop
}

public struct ServerConfiguration: Sendable {
    /// Where it listens. The default is a free port of 127.0.0.1.
    public var endpoints: [Endpoint] = [.tcp("127.0.0.1", port: 0)]
    /// Clients that may wait to be accepted, per listening socket. The default is 4,096, which the kernel may lower
    /// (`net.core.somaxconn`).
    public var backlog = 4096
    /// Threads that carry connections. The default is 2.
    public var eventLoops = 2
    /// The default is the pool.
    public var handlerPlacement = HandlerPlacement.pool
    /// What endpoints with TLS need. The default is none.
    public var tls: TLSConfiguration?
    public var limits = HTTPLimits()
    public var timeouts = HTTPTimeouts()
    /// Whether answers of text from 1 KiB on go out in gzip coding to clients that ask for it, streams as well. Files and
    /// server-sent events never do. The default is true.
    public var gzipsAnswers = true
    /// Sent as `Server`. The default is none.
    public var serverName: String?
    /// Counts what the server does. The default is none.
    public var metrics: ServerMetrics?
    /// Called once for each request when it has ended, on its connection's loop, which it must not keep. The default
    /// is a line in the server's log, at the level `info`.
    public var requestEnded: (@Sendable (RequestRecord) -> Void)?

    public init() {}
}
