/// Pauses between tries: doubling from 200 ms to 10 s, each shortened by a random part so that workers spread out.
struct Backoff {
    private var tries = 0

    /// - Parameter jitter: uniform in [0, 1).
    mutating func next(jitter: Double = .random(in: 0..<1)) -> Duration {
        let full = Duration.milliseconds(min(10_000, 200 << min(tries, 10)))
        tries += 1
        return full - full * (0.5 * jitter)
    }
}
