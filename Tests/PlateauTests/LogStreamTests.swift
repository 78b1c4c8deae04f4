import Foundation
import HTTPTypes
import Logging
import Testing

@testable import HTTP
@testable import plateau

/// The server's log, read from a pipe.
@Suite struct LogStreamTests {
    private func lines(_ format: LogFormat = .logfmt, _ write: (LogStream) -> Void) throws -> [String] {
        let pipe = Pipe()
        let stream = LogStream(descriptor: pipe.fileHandleForWriting.fileDescriptor, format: format)
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
            var logger = Logger(label: "test") { _ in LogStreamHandler(stream: stream) }
            logger[metadataKey: "always"] = "here"
            logger.debug("not this")
            logger.notice("run claimed", metadata: ["run": "run_1", "empty": ""])
            logger.warning("two\nlines \u{1b}[2J")
        }
        #expect(
            try lines.map(rest) == [
                #"notice run claimed always=here empty="" run=run_1"#, #"warning two\nlines \x1b[2J always=here"#,
            ])
    }

    @Test func linesFromManyThreadsStayWhole() throws {
        let lines = try lines { stream in
            DispatchQueue.concurrentPerform(iterations: 8) { thread in
                for number in 0..<100 { stream.line(.info, "thread \(thread) line \(number)") }
            }
        }
        #expect(lines.count == 800)
        #expect(Set(try lines.map(rest)).count == 800)
    }

    // MARK: JSON

    private func objects(_ write: (LogStream) -> Void) throws -> [[String: Any]] {
        try lines(.json, write).map { line in
            try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        }
    }

    @Test func aRequestIsOneObject() throws {
        let objects = try objects { stream in
            stream.note(
                RequestRecord(
                    method: .get, path: "/v1/runs/run_1", route: "/v1/runs/{id}", status: 200, bytes: 901,
                    nanoseconds: 84_999, client: "127.0.0.1", requestID: "req_1", isComplete: false,
                    refusal: "A \"bad\" line\nand = more."))
        }
        let object = try #require(objects.first)
        #expect(objects.count == 1 && object["level"] as? String == "info" && object["message"] as? String == "request")
        #expect((object["time"] as? String)?.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/) != nil)
        #expect(object["status"] as? Int == 200 && object["bytes"] as? Int == 901 && object["ms"] as? Double == 0.08)
        #expect(object["reason"] as? String == "A \"bad\" line\nand = more." && object["aborted"] as? Bool == true)
        #expect(object["route"] as? String == "/v1/runs/{id}" && object["request_id"] as? String == "req_1")
    }

    /// Whatever a caller's names hold, each line is one object that says just that.
    @Test func everyLineParses() throws {
        let controls = String(String.UnicodeScalarView((0..<0x20).compactMap(Unicode.Scalar.init) + ["\u{7f}"]))
        let texts = [controls, "\"", "\\", "\\\"", "\u{2028}ü🩻", "", "}\n{\"level\":\"critical\"}"]
        let objects = try objects { stream in
            var logger = Logger(label: "test") { _ in LogStreamHandler(stream: stream) }
            logger[metadataKey: "worker"] = "local-0"
            for text in texts { logger.notice("\(text)", metadata: ["a \(text)": "\(text)"]) }
            // Names that each line has: said by both, and neither is lost.
            logger.warning("attempt failed", metadata: ["message": "the loss became nan", "time": "t", "level": "l"])
        }
        #expect(objects.count == texts.count + 1)
        for (object, text) in zip(objects, texts) {
            #expect(Set(object.keys) == ["time", "level", "message", "worker", "a \(text)"])
            #expect(object["message"] as? String == text && object["a \(text)"] as? String == text)
        }
        let last = try #require(objects.last)
        #expect(last["message"] as? String == "attempt failed" && last["message_"] as? String == "the loss became nan")
        #expect(last["time_"] as? String == "t" && last["level_"] as? String == "l")
    }
}
