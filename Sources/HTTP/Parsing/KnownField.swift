import HTTPTypes

/// What a field means for reading the message that it stands in.
enum FieldRole: Sendable {
    case host, contentLength, transferEncoding, connection, expect
    /// Nothing: it is the handler's to read.
    case other
}

/// Names that requests commonly bear, found by their bytes alone, so that no string is made for them.
struct KnownField: Sendable {
    let name: HTTPField.Name
    let role: FieldRole
    private let letters: [UInt8]

    private init(_ name: HTTPField.Name, _ role: FieldRole) {
        self.name = name
        self.role = role
        letters = Array(name.canonicalName.utf8)
    }

    /// - Parameter bytes: a token in letters of either case.
    static func named(_ bytes: Span<UInt8>) -> KnownField? {
        guard bytes.count < byLength.count else { return nil }
        return byLength[bytes.count].first { known in
            // In tokens this bit tells capital letters from small ones and changes nothing else into a letter or hyphen.
            for index in bytes.indices where bytes[index] | 0x20 != known.letters[index] { return false }
            return true
        }
    }

    private static let byLength: [[KnownField]] = {
        let plain: [HTTPField.Name] = [
            .accept, .acceptEncoding, .acceptLanguage, .authorization, .cacheControl, .contentEncoding, .contentType,
            .cookie, .ifMatch, .ifModifiedSince, .ifNoneMatch, .ifRange, .ifUnmodifiedSince, .origin, .range, .referer,
            .te, .trailer, .upgrade, .userAgent, .traceparent, .tracestate, .via, .requestID,
        ]
        let others = ["Last-Event-ID", "Idempotency-Key", "X-Forwarded-For"].compactMap { HTTPField.Name($0) }
        let known =
            [
                KnownField(.host, .host), KnownField(.contentLength, .contentLength),
                KnownField(.transferEncoding, .transferEncoding), KnownField(.connection, .connection),
                KnownField(.expect, .expect),
            ] + (plain + others).map { KnownField($0, .other) }
        let longest = known.map(\.letters.count).max() ?? 0
        return (0...longest).map { length in known.filter { $0.letters.count == length } }
    }()
}

extension HTTPField.Name {
    // Valid by their letters; the initialiser is optional for the sake of names that come from outside.
    static let host = HTTPField.Name("Host")!
    static let requestID = HTTPField.Name("X-Request-Id")!
}
