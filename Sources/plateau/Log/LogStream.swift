import Dispatch
import Foundation
import Logging

/// A process's log on a file descriptor, a line at a time. Lines are gathered and written by a thread of their own, at most a tenth of a second later, so that nobody waits for
/// whoever reads them; `flush` does.
///
/// `@unchecked Sendable`: what is gathered is touched under the lock alone, the descriptor on the queue alone.
final class LogStream: @unchecked Sendable {
    private static let delay = DispatchTimeInterval.milliseconds(100)
    /// Gathered bytes that are written at once.
    private static let batchBytes = 64 * 1024
    /// Nobody reads and this much waits: lines are dropped, and counted.
    private static let limitBytes = 8 * 1024 * 1024

    private let descriptor: Int32
    private let format: LogFormat
    private let queue = DispatchQueue(label: "log", qos: .utility)
    private let lock = NSLock()
    private var waiting: [UInt8] = []
    private var dropped = 0
    private var isDue = false
    private var clock = LogClock()

    init(descriptor: Int32, format: LogFormat = .logfmt) {
        self.descriptor = descriptor
        self.format = format
    }

    /// - Parameters:
    ///   - isUrgent: it is written at once.
    ///   - write: appends what the line has behind its message.
    func line(
        _ level: Logger.Level, _ message: String, isUrgent: Bool = false, _ write: (inout LogLine) -> Void = { _ in }
    ) {
        let (mustWrite, mustWait) = lock.withLock { () -> (Bool, Bool) in
            guard waiting.count < Self.limitBytes else {
                dropped += 1
                return (false, false)
            }
            append(level, message, write)
            defer { isDue = true }
            return (isUrgent || waiting.count >= Self.batchBytes, !isDue)
        }
        if mustWrite {
            queue.async { self.write() }
        } else if mustWait {
            queue.asyncAfter(deadline: .now() + Self.delay) { self.write() }
        }
    }

    /// Under the lock.
    private func append(_ level: Logger.Level, _ message: String, _ write: (inout LogLine) -> Void) {
        // Handed over, not copied.
        let before = waiting
        waiting = []
        var line = LogLine(after: before, format: format, time: clock.now(), level: level, message: message)
        write(&line)
        line.end()
        waiting = line.bytes
    }

    /// Returns when all lines so far are written.
    func flush() { queue.sync { write() } }

    private func write() {
        let bytes = lock.withLock {
            if dropped > 0 {
                append(.warning, "lines of the log were dropped: nobody read them in time") { line in
                    line.number("lines", String(dropped))
                }
            }
            defer { (waiting, dropped, isDue) = ([], 0, false) }
            return waiting
        }
        put(bytes)
    }

    private func put(_ bytes: [UInt8]) {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                // Within bounds: sent < buffer.count.
                Foundation.write(descriptor, buffer.baseAddress?.advanced(by: sent), buffer.count - sent)
            }
            guard count > 0 || errno == EINTR else { return }
            sent += max(0, count)
        }
    }
}
