import Glibc

/// A point in time as HTTP writes it (RFC 9110 §5.6.7), in seconds since 1970.
struct HTTPDate: Hashable, Comparable {
    var seconds: Int

    static func < (one: HTTPDate, other: HTTPDate) -> Bool { one.seconds < other.seconds }

    /// `Sun, 06 Nov 1994 08:49:37 GMT`
    var text: String {
        var when = time_t(seconds)
        var parts = tm()
        gmtime_r(&when, &parts)
        func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let year = String(Int(parts.tm_year) + 1900)
        return "\(Self.days[Int(parts.tm_wday)]), \(two(parts.tm_mday)) \(Self.months[Int(parts.tm_mon)]) "
            + "\(String(repeating: "0", count: max(0, 4 - year.count)))\(year) "
            + "\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec)) GMT"
    }

    init(seconds: Int) {
        self.seconds = seconds
    }

    /// Reads the preferred form, and the two obsolete ones that a recipient must know:
    /// `Sunday, 06-Nov-94 08:49:37 GMT` and `Sun Nov  6 08:49:37 1994`.
    init?(_ text: String) {
        let words = text.split { $0 == " " || $0 == "-" }
        let order: (day: Int, month: Int, year: Int, time: Int)
        switch words.count {
        case 6 where words[0].hasSuffix(",") && words[5] == "GMT": order = (1, 2, 3, 4)
        case 5 where !words[0].hasSuffix(","): order = (2, 1, 4, 3)
        default: return nil
        }
        let clock = words[order.time].split(separator: ":", omittingEmptySubsequences: false).compactMap {
            Self.number($0)
        }
        guard let day = Self.number(words[order.day]),
            let month = Self.months.firstIndex(of: String(words[order.month])),
            var year = Self.number(words[order.year]), clock.count == 3, (1...31).contains(day),
            clock[0] < 24, clock[1] < 60, clock[2] <= 60
        else { return nil }
        if words[order.year].count == 2 {
            // A year that seems more than 50 years ahead is past.
            var now = tm()
            var seconds = time(nil)
            gmtime_r(&seconds, &now)
            let current = Int(now.tm_year) + 1900
            year += current / 100 * 100
            if year > current + 50 { year -= 100 }
        }
        guard (1...9999).contains(year) else { return nil }
        var parts = tm()
        (parts.tm_year, parts.tm_mon, parts.tm_mday) = (Int32(year - 1900), Int32(month), Int32(day))
        (parts.tm_hour, parts.tm_min, parts.tm_sec) = (Int32(clock[0]), Int32(clock[1]), Int32(clock[2]))
        seconds = Int(timegm(&parts))
    }

    private static let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    private static func number(_ text: some StringProtocol) -> Int? {
        text.utf8.allSatisfy(CharacterClass.digit.contains) && text.utf8.count <= 4 ? Int(text) : nil
    }
}
