import Logging
import Testing

@testable import Worker

@Suite struct LogTailTests {
    /// Takes what is worth a line, and drops it.
    private struct Silent: LogHandler {
        var metadata = Logger.Metadata()
        var logLevel = Logger.Level.info

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {}
    }

    @Test func aLoggersLinesAreKeptAndGoOn() {
        let (all, tail) = (LogTail(), LogTail())
        var logger = tail.following(all.following(Logger(label: "test", factory: { _ in Silent() })))
        logger[metadataKey: "run"] = "run_1"
        logger.debug("nobody wants to know")
        logger.info("epoch", metadata: ["epoch": "1/2"])
        logger.error("two\nlines\0")
        let lines = tail.text.split(separator: "\n")
        #expect(lines.count == 2)
        #expect(lines[0].hasSuffix(" info epoch epoch=1/2"))
        #expect(lines[1].hasSuffix(" error two lines"))
        #expect(all.text.split(separator: "\n").count == 2)
    }

    @Test func onlyTheLastLinesAreKept() {
        let tail = LogTail()
        for number in 0..<1000 { tail.add("line \(number) " + String(repeating: "é", count: 20)) }
        #expect(tail.text.utf8.count <= LogTail.limitBytes && tail.text.utf8.count > LogTail.limitBytes - 100)
        #expect(tail.text.hasPrefix("line ") && tail.text.contains("line 999 "))
        tail.add(String(repeating: "é", count: 20_000))
        #expect(tail.text.utf8.count <= LogTail.limitBytes && tail.text.hasSuffix("é…"))
    }
}
