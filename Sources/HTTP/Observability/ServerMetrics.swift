import Locks

/// What a server counts, for whoever asks. Make one, give it to the server in its configuration, and ask it.
public final class ServerMetrics: Sendable {
    private let loops = Guarded<[EventLoop]>([])

    public init() {}

    func watch(_ loops: [EventLoop]) { self.loops.withLock { $0 += loops } }

    /// Requests by route and status class with their latencies, connections, bytes and refusals, then what the process
    /// takes (`ProcessFigures`).
    public func families() async -> [MetricFamily] {
        var sum = LoopFigures()
        for loop in loops.withLock({ $0 }) {
            sum += await loop.run { loop.figures }
        }
        return Self.families(sum) + ProcessFigures.families()
    }

    static func families(_ figures: LoopFigures) -> [MetricFamily] {
        let requests = figures.requests.sorted { $0.key < $1.key }
        return [
            MetricFamily(
                "http_requests_total", .counter, "Requests ended, by route and class of status; 0 without a status.",
                requests.flatMap { route, figures in
                    figures.byClass.enumerated().filter { $0.element > 0 }.map { digit, count in
                        .init(Double(count), labels: [("route", route), ("status", digit == 0 ? "0" : "\(digit)xx")])
                    }
                }),
            MetricFamily(
                "http_request_duration_seconds", .histogram,
                "From a request's head until its answer was handed to the kernel.",
                requests.flatMap { route, figures in
                    MetricFamily.samples(
                        bounds: LatencyHistogram.bounds, counts: figures.latency.counts,
                        sum: figures.latency.sumSeconds, labels: [("route", route)])
                }),
            MetricFamily(
                "http_requests_in_flight", .gauge, "Requests under way.", Double(figures.requestsInFlight)),
            MetricFamily(
                "http_connections_open", .gauge, "Connections open.", Double(figures.connectionsOpen)),
            MetricFamily(
                "http_connections_total", .counter, "Connections accepted.", Double(figures.connectionsAccepted)),
            MetricFamily(
                "http_received_bytes_total", .counter, "Bytes received from clients.", Double(figures.bytesReceived)),
            MetricFamily("http_sent_bytes_total", .counter, "Bytes sent to clients.", Double(figures.bytesSent)),
            MetricFamily(
                "http_refusals_total", .counter,
                "Requests and connections that the server refused itself, for a bound or as malformed, by status.",
                figures.refusals.sorted { $0.key < $1.key }.map { status, count in
                    .init(Double(count), labels: [("status", "\(status)")])
                }),
        ]
    }
}
