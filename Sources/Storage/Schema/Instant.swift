import Foundation
import GRDB

/// Times as the schema keeps them: integer milliseconds since 1970-01-01 UTC.
struct Instant: Sendable, Comparable, DatabaseValueConvertible {
    var milliseconds: Int64

    init(_ date: Date) {
        milliseconds = Int64((date.timeIntervalSince1970 * 1000).rounded())
    }

    init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    var date: Date { Date(timeIntervalSince1970: Double(milliseconds) / 1000) }

    var databaseValue: DatabaseValue { milliseconds.databaseValue }

    static func fromDatabaseValue(_ value: DatabaseValue) -> Instant? {
        Int64.fromDatabaseValue(value).map(Instant.init(milliseconds:))
    }

    static func < (left: Instant, right: Instant) -> Bool { left.milliseconds < right.milliseconds }

    /// Full hours since 1970-01-01 UTC.
    var hour: Int64 { milliseconds / 3_600_000 }

    func adding(seconds: Double) -> Instant {
        Instant(milliseconds: milliseconds + Int64((seconds * 1000).rounded()))
    }
}

extension Row {
    func date(_ column: String) -> Date {
        let instant: Instant = self[column]
        return instant.date
    }

    func dateIfAny(_ column: String) -> Date? {
        let instant: Instant? = self[column]
        return instant?.date
    }
}
