/// Bounds on what one client may cost. What goes over one is answered as said here, then the connection is closed.
public struct HTTPLimits: Sendable, Hashable {
    /// Request line and headers together. The default is 16 KiB; over it 431, or 414 when the line alone is.
    public var headBytes = 16 * 1024
    /// Header lines. The default is 100; over it 431.
    public var fieldCount = 100
    /// The request target. The default is 8 KiB; over it 414.
    public var targetBytes = 8 * 1024
    /// Any request's body. The default is 1 GiB; over it 413. Handlers bound theirs further, before or while they read
    /// it: `RequestBody.limited(to:)`, `collect(upTo:)`.
    public var bodyBytes = 1 << 30
    /// Requests on one connection. The default is 10,000; the answer to the last says `Connection: close`, so that
    /// long-lived clients spread over the loops, and anew over servers behind a balancer.
    public var requestsPerConnection = 10_000
    /// Connections open at once. The default is 16,384; one more is answered 503 and closed. Each takes a file
    /// descriptor.
    public var connections = 16_384
    /// Connections of one client at once: of one IPv4 address, or of one IPv6 network of 64 bits. The default is 512;
    /// one more is answered 429 and closed. Clients on this machine are not counted, for a proxy may be one of them.
    public var connectionsPerClient = 512

    public init() {}
}

/// How long each phase of a connection may take, in seconds, and how fast it must move.
public struct HTTPTimeouts: Sendable, Hashable {
    /// From the connection's opening to the end of its TLS handshake, where there is one. The default is 10; then it is
    /// closed without a word.
    public var handshakeSeconds = 10.0
    /// From the connection's opening to the first byte of its first request. The default is 20; then it is closed without
    /// a word.
    public var firstByteSeconds = 20.0
    /// From the first byte of a head to its last. The default is 10; over it 408.
    public var headSeconds = 10.0
    /// The rate at which a body must come in, while the server waits for it. The default is 240 bytes/s; 0 for none.
    public var bodyBytesPerSecond = 240
    /// How far a body may fall behind its rate, and so the longest pause in it. The default is 30; over it 408.
    public var bodyIdleSeconds = 30.0
    /// Between two requests without a byte. The default is 75; then the connection is closed without a word.
    public var keepAliveSeconds = 75.0
    /// The rate at which a client must take its answer, while more of it waits than the kernel holds. The default is 240
    /// bytes/s; 0 for none.
    public var writeBytesPerSecond = 240
    /// How far a client may fall behind that rate, and so the longest pause in taking an answer. The default is 30; then
    /// the connection is dropped.
    public var writeStallSeconds = 30.0
    /// After the client has closed its sending side, until the handler's task is cancelled. The default is 1: a client
    /// that half-closes still gets a quick answer, one that left does not keep a long poll alive.
    public var departureSeconds = 1.0

    public init() {}
}
