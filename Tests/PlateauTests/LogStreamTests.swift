import Foundation
import HTTPTypes
import Logging
import Testing

@testable import HTTP
@testable import plateau

/// The server's log, read from a pipe.
@Suite struct LogStreamTests {
    private func lines(_ write: (LogStream) -> Void) throws -> [String] {
        let pipe = Pipe()
        let stream = LogStream(descriptor: pipe.fileHandleForWriting.fileDescriptor)
        write(stream)
        stream.flush()
        try pipe.fileHandleForWriting.close()
        let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        #expect(text.isEmpty || text.hasSuffix("\n"))
        return text.split(separator: "\n").map(String.init)
    }

    /// Without the time, which must be one.
    private func rest(_ line: String) throws -> String {
        let match = try #require(line.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (.*)/))
        return String(match.1)
    }

    @Test func aRequestIsOneLine() throws {
        let lines = try lines { stream in
            stream.note(
                RequestRecord(
                    method: .get, path: "/v1/runs/run_1", route: "/v1/runs/{id}", status: 200, bytes: 901,
                    nanoseconds: 84_999, client: "127.0.0.1", requestID: "req_1", traceID: "ab12", isComplete: true))
            stream.note(
                RequestRecord(
                    status: 400, bytes: 0, nanoseconds: 1_230_000_000, client: "::1", requestID: "req_2",
                    isComplete: false, refusal: "A \"bad\" line\nand = more."))
        }
        #expect(
            try lines.map(rest) == [
                "info request method=GET route=/v1/runs/{id} path=/v1/runs/run_1 status=200 bytes=901 ms=0.08 "
                    + "client=127.0.0.1 request_id=req_1 trace_id=ab12",
                #"info request status=400 bytes=0 ms=1230.00 client=::1 request_id=req_2 "#
                    + #"reason="A \"bad\" line\nand = more." aborted=true"#,
            ])
    }

    @Test func whatElseIsLogged() throws {
        let lines = try lines { stream in
            var logger = Logger(label: "test") { LogStreamHandler(stream: stream, label: $0) }
            logger[metadataKey: "always"] = "here"
            logger.debug("not this")
            logger.notice("run claimed", metadata: ["run": "run_1", "empty": ""])
        }
        #expect(try lines.map(rest) == [#"notice run claimed always=here empty="" run=run_1"#])
    }

    @Test func linesFromManyThreadsStayWhole() throws {
        let lines = try lines { stream in
            DispatchQueue.concurrentPerform(iterations: 8) { thread in
                for number in 0..<100 { stream.line { $0.text("thread \(thread) line \(number)") } }
            }
        }
        #expect(lines.count == 800)
        #expect(Set(try lines.map(rest)).count == 800)
    }
}
