import Dispatch
import Foundation
import HTTP

/// A server's log on a file descriptor, a line at a time (logfmt: a time, a level, the message and `name=value` pairs).
/// Lines are gathered and written by a thread of their own, at most a tenth of a second later, so that nobody waits for
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
    private let queue = DispatchQueue(label: "log", qos: .utility)
    private let lock = NSLock()
    private var waiting: [UInt8] = []
    private var dropped = 0
    private var isDue = false
    private var clock = LogClock()

    init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    /// - Parameters:
    ///   - isUrgent: it is written at once.
    ///   - write: appends the line after its time, without its end.
    func line(isUrgent: Bool = false, _ write: (inout LogLine) -> Void) {
        let (mustWrite, mustWait) = lock.withLock { () -> (Bool, Bool) in
            guard waiting.count < Self.limitBytes else {
                dropped += 1
                return (false, false)
            }
            var line = LogLine(bytes: waiting)
            waiting = []
            clock.append(to: &line.bytes)
            write(&line)
            line.bytes.append(UInt8(ascii: "\n"))
            waiting = line.bytes
            defer { isDue = true }
            return (isUrgent || waiting.count >= Self.batchBytes, !isDue)
        }
        if mustWrite {
            queue.async { self.write() }
        } else if mustWait {
            queue.asyncAfter(deadline: .now() + Self.delay) { self.write() }
        }
    }

    /// Returns when all lines so far are written.
    func flush() { queue.sync { write() } }

    private func write() {
        let (bytes, lost) = lock.withLock {
            defer { (waiting, dropped, isDue) = ([], 0, false) }
            return (waiting, dropped)
        }
        put(bytes)
        if lost > 0 { put(Array("\(lost) lines of the log were dropped: nobody read them in time\n".utf8)) }
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

/// One line in the making.
struct LogLine {
    var bytes: [UInt8]

    mutating func text(_ text: String) { bytes += text.utf8 }

    mutating func pair(_ name: StaticString, _ value: String) { pair(name.description, value) }

    mutating func pair(_ name: String, _ value: String) {
        bytes.append(UInt8(ascii: " "))
        bytes += name.utf8
        bytes.append(UInt8(ascii: "="))
        if !value.isEmpty, value.utf8.allSatisfy(Self.isPlain) { bytes += value.utf8 } else { quoted(value) }
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        byte > 0x20 && byte != 0x7f && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "=")
    }

    private mutating func quoted(_ value: String) {
        bytes.append(UInt8(ascii: "\""))
        for byte in value.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
            case UInt8(ascii: "\n"): bytes += "\\n".utf8
            case ..<0x20, 0x7f: bytes += "\\x\(byte < 16 ? "0" : "")\(String(byte, radix: 16))".utf8
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}

/// The time as a line begins with it: RFC 3339 in UTC with milliseconds.
private struct LogClock {
    private var second = -1
    private var text: [UInt8] = []

    mutating func append(to bytes: inout [UInt8]) {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        if now.tv_sec != second {
            second = now.tv_sec
            var parts = tm()
            gmtime_r(&now.tv_sec, &parts)
            var buffer = [CChar](repeating: 0, count: 40)
            let count = strftime(&buffer, buffer.count, "%Y-%m-%dT%H:%M:%S.", &parts)
            text = buffer[..<count].map { UInt8(bitPattern: $0) }
        }
        bytes += text
        let milliseconds = now.tv_nsec / 1_000_000
        for unit in [100, 10, 1] { bytes.append(UInt8(ascii: "0") + UInt8(milliseconds / unit % 10)) }
        bytes += "Z ".utf8
    }
}
