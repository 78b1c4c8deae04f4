import ArgumentParser
import Foundation

/// A time in RFC 3339, with or without fractions of a second, in any zone.
struct DeadlineArgument: ExpressibleByArgument {
    /// In UTC with milliseconds, as the server takes it.
    let text: String

    init?(argument: String) {
        let plain = Date.ISO8601FormatStyle()
        let precise = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        guard let date = (try? Date(argument, strategy: plain)) ?? (try? Date(argument, strategy: precise)) else {
            return nil
        }
        text = date.formatted(precise)
    }
}
