import Locks

/// Counts the requests of each token against the limit.
final class RequestRates: Sendable {
    private struct Bucket {
        var left: Double
        var at: Duration
    }

    /// Full buckets are as good as none: they are dropped when there are so many.
    private static let tidyAt = 1000

    private let limit: RateLimit
    private let uptime: @Sendable () -> Duration
    private let buckets = Guarded<[String: Bucket]>([:])

    /// - Parameter uptime: a clock that nobody sets, from any beginning.
    init(_ limit: RateLimit, uptime: @escaping @Sendable () -> Duration = RequestRates.sinceStart) {
        self.limit = limit
        self.uptime = uptime
    }

    /// Takes one request from the token's bucket.
    /// - Returns: nil where there was one, else the seconds until there is.
    func take(_ token: String) -> Double? {
        let now = uptime()
        return buckets.withLock { buckets in
            if buckets.count >= Self.tidyAt { buckets = buckets.filter { filled($0.value, now).left < limit.burst } }
            var bucket = filled(buckets[token] ?? Bucket(left: limit.burst, at: now), now)
            defer { buckets[token] = bucket }
            guard bucket.left >= 1 else { return (1 - bucket.left) / limit.requestsPerSecond }
            bucket.left -= 1
            return nil
        }
    }

    private func filled(_ bucket: Bucket, _ now: Duration) -> Bucket {
        let gained = (now - bucket.at) / .seconds(1) * limit.requestsPerSecond
        return Bucket(left: min(limit.burst, bucket.left + max(0, gained)), at: now)
    }

    private static let start = ContinuousClock.now
    static let sinceStart: @Sendable () -> Duration = { start.duration(to: .now) }
}
