import Foundation
import Locks
import Logging

/// The last lines that were logged of a run, for the report of its failure.
final class LogTail: Sendable {
    /// What the server takes.
    static let limitBytes = 16 * 1024

    private let kept = Guarded<(lines: [String], bytes: Int)>(([], 0))

    /// The lines, oldest first; at most `limitBytes` in UTF-8.
    var text: String { kept.withLock { $0.lines.joined(separator: "\n") } }

    /// A line that is longer than all that is kept is cut at its end.
    func add(_ line: String) {
        let room = Self.limitBytes - 1
        let line =
            line.utf8.count <= room ? line : String(decoding: line.utf8.prefix(room - 3), as: UTF8.self) + "…"
        kept.withLock { kept in
            kept.lines.append(line)
            kept.bytes += line.utf8.count + 1
            while kept.bytes > Self.limitBytes { kept.bytes -= kept.lines.removeFirst().utf8.count + 1 }
        }
    }

    /// A logger that goes on as `logger` does, and whose lines are kept here as well.
    func following(_ logger: Logger) -> Logger {
        var logger = logger
        logger.handler = Handler(next: logger.handler, tail: self)
        return logger
    }

    private struct Handler: LogHandler {
        var next: any LogHandler
        let tail: LogTail

        var metadata: Logger.Metadata {
            get { next.metadata }
            set { next.metadata = newValue }
        }

        var logLevel: Logger.Level {
            get { next.logLevel }
            set { next.logLevel = newValue }
        }

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { next[metadataKey: key] }
            set { next[metadataKey: key] = newValue }
        }

        func log(event: LogEvent) {
            let pairs = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
            // One line each: what a message quotes may have several. No NUL, which the server refuses.
            let text = "\(event.message)\(pairs)".replacing("\n", with: " ").replacing("\0", with: "")
            tail.add("\(Date.now.ISO8601Format()) \(event.level) \(text)")
            next.log(event: event)
        }
    }
}
