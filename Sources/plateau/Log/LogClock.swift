import Foundation

/// The time as a line begins with it: RFC 3339 in UTC with milliseconds.
struct LogClock {
    private var second = -1
    private var text: [UInt8] = []

    mutating func now() -> [UInt8] {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        if now.tv_sec != second {
            second = now.tv_sec
            var parts = tm()
            gmtime_r(&now.tv_sec, &parts)
            var buffer = [CChar](repeating: 0, count: 40)
            let count = strftime(&buffer, buffer.count, "%Y-%m-%dT%H:%M:%S.000Z", &parts)
            text = buffer[..<count].map { UInt8(bitPattern: $0) }
        }
        // In place: this is asked under the log's lock, by all threads.
        var milliseconds = now.tv_nsec / 1_000_000
        for place in (text.count - 4..<text.count - 1).reversed() {
            text[place] = UInt8(ascii: "0") + UInt8(milliseconds % 10)
            milliseconds /= 10
        }
        return text
    }
}
