import Foundation
import HTTPTypes
import Locks
import Testing

@testable import HTTP

@Suite struct MetricTextTests {
    @Test func prometheusText() {
        let families = [
            MetricFamily(
                "a_total", .counter, "Line\nand \\ more.",
                [.init(3, labels: [("route", "/a \"b\" \\ \n")]), .init(0.25, labels: [("x", "1"), ("y", "2")])]),
            MetricFamily("b", .gauge, "One.", 1e20),
        ]
        #expect(
            String(decoding: MetricFamily.text(families), as: UTF8.self) == """
                # HELP a_total Line\\nand \\\\ more.
                # TYPE a_total counter
                a_total{route="/a \\"b\\" \\\\ \\n"} 3
                a_total{x="1",y="2"} 0.25
                # HELP b One.
                # TYPE b gauge
                b 1e+20

                """)
    }

    @Test func latenciesFallUnderTheirBounds() {
        var histogram = LatencyHistogram()
        for nanoseconds in [0, 500_000, 500_001, 31_000_000_000] as [UInt64] { histogram.record(nanoseconds) }
        #expect(histogram.counts.first == 2)
        #expect(histogram.counts[1] == 1)
        #expect(histogram.counts.last == 1)
        #expect(histogram.total == 4)
        var twice = histogram
        twice += histogram
        #expect(twice.total == 8)
        #expect(twice.sumSeconds == 2 * histogram.sumSeconds)
    }

    @Test func routesAreBounded() {
        var figures = LoopFigures()
        for number in 0..<1000 { figures.record(route: "/\(number)", status: 200, nanoseconds: 1) }
        #expect(figures.requests.count == LoopFigures.routeLimit + 1)
        #expect(figures.requests["other"]?.latency.total == 1000 - LoopFigures.routeLimit)
    }
}

extension OverSockets {
    @Suite struct MetricsTests {
        private func values(_ families: [MetricFamily], _ name: String) -> [String: Double] {
            var values: [String: Double] = [:]
            for sample in families.first(where: { $0.name == name })?.samples ?? [] {
                values[sample.suffix + sample.labels.map(\.value).joined(separator: " ")] = sample.value
            }
            return values
        }

        @Test func whatAServerCounts() async throws {
            let metrics = ServerMetrics()
            let handler: Handler = { request in
                var response = HTTPServerResponse(
                    status: request.path == "/lost" ? .notFound : .ok, body: .bytes([1, 2, 3]))
                response.route = request.path == "/lost" ? nil : "/things/{id}"
                return response
            }
            let configuration = ServerConfiguration.with {
                $0.metrics = metrics
                $0.handlerPlacement = .loop
                $0.limits.targetBytes = 100
            }
            try await withServer(configuration, handler: handler) { port in
                try await onThread {
                    let connection = try RawConnection(port)
                    for path in ["/things/1", "/things/2", "/lost", "/\(String(repeating: "x", count: 200))"] {
                        try connection.send("GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n")
                        _ = try connection.answers(1)
                    }
                    #expect(connection.isClosed())
                }
                // Held open, so that it is seen.
                let open = try await onThread {
                    let connection = try RawConnection(port)
                    try connection.send("GET /things/3 HTTP/1.1\r\nHost: a\r\n\r\n")
                    _ = try connection.answers(1)
                    return connection
                }
                let families = await metrics.families()
                #expect(
                    values(families, "http_requests_total") == ["/things/{id} 2xx": 3, "none 4xx": 2])
                let latencies = values(families, "http_request_duration_seconds")
                #expect(latencies["_count/things/{id}"] == 3)
                #expect(latencies["_bucket/things/{id} +Inf"] == 3)
                #expect(latencies["_sum/things/{id}"].map { $0 > 0 && $0 < 60 } == true)
                #expect(values(families, "http_refusals_total") == ["414": 1])
                #expect(values(families, "http_requests_in_flight") == ["": 0])
                #expect(values(families, "http_connections_open")[""].map { $0 >= 1 } == true)
                #expect(values(families, "http_connections_total") == ["": 2])
                #expect(values(families, "http_received_bytes_total")[""].map { $0 > 300 } == true)
                #expect(values(families, "http_sent_bytes_total")[""].map { $0 > 300 } == true)
                #expect(values(families, "process_resident_memory_bytes")[""].map { $0 > 1_000_000 } == true)
                #expect(values(families, "process_open_fds")[""].map { $0 > 3 } == true)
                #expect(values(families, "process_cpu_seconds_total")[""].map { $0 > 0 } == true)
                withExtendedLifetime(open) {}
            }
        }

        @Test func oneLineForEachRequest() async throws {
            let (records, log) = (Guarded<[RequestRecord]>([]), LogRecorder())
            let configuration = ServerConfiguration.with {
                $0.requestEnded = { record in records.withLock { $0.append(record) } }
            }
            let handler: Handler = { _ in
                var response = HTTPServerResponse(status: .created)
                response.route = "/made/{id}"
                return response
            }
            try await withServer(configuration, log: log, handler: handler) { port in
                try await onThread {
                    let connection = try RawConnection(port)
                    // In one piece: no more is sent once the server has spoken.
                    try connection.send(
                        "PUT /made/1?secret=2 HTTP/1.1\r\nHost: a\r\nX-Request-Id: abc\r\n\r\n"
                            + "GET / HTTP/1.1\r\nHost: a\r\n : \r\n\r\n")
                    #expect(try connection.answers().map(\.status) == [201, 400])
                }
            }
            #expect(log.requests.isEmpty)
            let kept = records.withLock { $0 }
            #expect(kept.map(\.status) == [201, 400])
            #expect(kept.map(\.method) == [.put, nil])
            #expect(kept.map(\.path) == ["/made/1", nil])
            #expect(kept.map(\.route) == ["/made/{id}", nil])
            #expect(kept.first?.requestID == "abc")
            #expect(kept.allSatisfy { $0.client == "127.0.0.1" && $0.isComplete })
            #expect(kept.last?.refusal?.isEmpty == false)
        }
    }
}
