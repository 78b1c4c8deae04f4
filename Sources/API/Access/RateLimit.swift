/// How often one token may ask: a bucket that holds `burst` requests and gains `requestsPerSecond`.
public struct RateLimit: Sendable, Hashable {
    /// The default is 2,000.
    public var requestsPerSecond: Double
    /// The default is five seconds' worth.
    public var burst: Double

    public static let range = 0.1...1_000_000.0

    public init(requestsPerSecond: Double = 2000) {
        self.requestsPerSecond = requestsPerSecond
        burst = max(1, 5 * requestsPerSecond)
    }
}
