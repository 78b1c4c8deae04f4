import HTTPTypes
import Locks
import Testing

@testable import HTTP

@Suite struct TraceContextTests {
    private static let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    private static let parent = "00f067aa0ba902b7"

    @Test func aValidHeader() throws {
        let context = try #require(TraceContext(traceparent: "00-\(Self.trace)-\(Self.parent)-01", tracestate: "a=b"))
        #expect(context.traceID == Self.trace)
        #expect(context.parentID == Self.parent)
        #expect(context.flags == 1)
        #expect(context.state == "a=b")
        let passedOn = try #require(TraceContext(traceparent: context.traceparent()))
        #expect(passedOn.traceID == Self.trace)
        #expect(passedOn.parentID != Self.parent)
        #expect(passedOn.flags == 1)
    }

    @Test func aLaterVersionMayGoOn() {
        #expect(TraceContext(traceparent: "cc-\(Self.trace)-\(Self.parent)-01-more") != nil)
        #expect(TraceContext(traceparent: "cc-\(Self.trace)-\(Self.parent)-01") != nil)
    }

    @Test(arguments: [
        "", "00", "00-\(trace)-\(parent)", "00-\(trace)-\(parent)-01-more", "00-\(trace)-\(parent)-01x",
        "cc-\(trace)-\(parent)-01x", "ff-\(trace)-\(parent)-01", "0x-\(trace)-\(parent)-01",
        "00-\(trace.uppercased())-\(parent)-01", "00-\(String(repeating: "0", count: 32))-\(parent)-01",
        "00-\(trace)-0000000000000000-01", "00_\(trace)_\(parent)_01", "00-\(trace)-\(parent)-0g",
        "00-\(trace)g-\(parent)-01", " 00-\(trace)-\(parent)-01",
    ])
    func anInvalidOneIsAsIfThereWereNone(_ header: String) {
        #expect(TraceContext(traceparent: header) == nil)
    }

    @Test func stateBeyondItsBoundIsDropped() {
        let long = String(repeating: "a", count: TraceContext.stateLimit + 1)
        #expect(TraceContext(traceparent: "00-\(Self.trace)-\(Self.parent)-00", tracestate: long)?.state == nil)
        #expect(TraceContext(traceparent: "00-\(Self.trace)-\(Self.parent)-00", tracestate: "")?.state == nil)
    }
}

extension OverSockets {
    @Suite struct TracePassingTests {
        @Test func theTraceReachesHandlerLogAndFurtherCalls() async throws {
            let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
            let (log, further) = (LogRecorder(), Guarded<HTTPFields>([:]))
            let keep: Handler = { request in
                further.withLock { $0 = request.headers }
                return HTTPServerResponse()
            }
            try await withServer(handler: keep) { inner in
                let handler: Handler = { request in
                    #expect(request.trace?.traceID == trace)
                    #expect(TraceContext.current == request.trace)
                    let client = try HTTPClient(server: "http://127.0.0.1:\(inner)")
                    let current = TraceContext.current
                    _ = try await onThread {
                        try TraceContext.$current.withValue(current) { try client.send(.get, "/further") }
                    }
                    return HTTPServerResponse()
                }
                try await withServer(log: log, handler: handler) { port in
                    let client = try HTTPClient(server: "http://127.0.0.1:\(port)")
                    let headers: HTTPFields = [
                        .traceparent: "00-\(trace)-00f067aa0ba902b7-01", .tracestate: "vendor=1",
                    ]
                    _ = try await onThread { try client.send(.get, "/", headers: headers) }
                }
            }
            #expect(log.requests.map { $0["trace_id"] } == [trace])
            let passedOn = further.withLock { $0 }
            #expect(passedOn[.traceparent]?.hasPrefix("00-\(trace)-") == true)
            #expect(passedOn[.traceparent]?.contains("00f067aa0ba902b7") == false)
            #expect(passedOn[.tracestate] == "vendor=1")
        }

        @Test func withoutOneThereIsNone() async throws {
            let log = LogRecorder()
            let handler: Handler = { request in
                #expect(request.trace == nil && TraceContext.current == nil)
                return HTTPServerResponse()
            }
            try await withServer(log: log, handler: handler) { port in
                let client = try HTTPClient(server: "http://127.0.0.1:\(port)")
                _ = try await onThread { try client.send(.get, "/", headers: [.traceparent: "nonsense"]) }
            }
            #expect(log.requests.count == 1)
            #expect(log.requests.first?["trace_id"] == nil)
        }
    }
}
