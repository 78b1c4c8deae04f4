import HTTPTypes

/// How a request's content is delimited (RFC 9112 §6). What two readers could frame differently is refused, so that
/// nothing can be smuggled in behind a proxy.
enum BodyFraming: Equatable {
    case none
    case length(Int)
    case chunked

    /// - Parameter limit: bytes of content at most; 413 where more is announced.
    init(length: Repeatable, coding: Repeatable, isHTTP10: Bool, limit: Int) throws {
        guard let codings = coding.first else {
            self = try Self.length(length, limit: limit)
            return
        }
        // §6.3 lets Transfer-Encoding override; §6.1 calls that a likely attack.
        guard length.count == 0 else {
            throw HTTPError.badRequest("Content-Length and Transfer-Encoding exclude each other.")
        }
        guard !isHTTP10 else { throw HTTPError.badRequest("HTTP/1.0 has no Transfer-Encoding.") }
        // A list in pieces, empty members and parameters are read differently by different programs.
        guard coding.count == 1 else { throw HTTPError.badRequest("There is more than one Transfer-Encoding.") }
        let names = codings.split(separator: ",", omittingEmptySubsequences: false).map { name in
            Characters.lowercased(Characters.trim(ArraySlice(name.utf8)))
        }
        // §6.3 point 4: without a final chunked, the end of a request cannot be told.
        guard names.last == "chunked", !names.dropLast().contains("chunked"),
            names.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(CharacterClass.token.contains) })
        else { throw HTTPError.badRequest("Transfer-Encoding must be chunked, once.") }
        // §6.1: a coding the server does not understand is answered with 501.
        guard names.count == 1 else { throw HTTPError(.notImplemented, "The only transfer coding here is chunked.") }
        self = .chunked
    }

    /// §6.3 point 5 would take equal repetitions as one; refusing them costs nobody anything.
    private static func length(_ header: Repeatable, limit: Int) throws -> BodyFraming {
        guard let text = header.first else { return .none }
        guard header.count == 1 else { throw HTTPError.badRequest("There is more than one Content-Length.") }
        guard let length = ContentLength(text) else {
            throw HTTPError.badRequest("Content-Length is not a number of bytes.")
        }
        guard length.bytes <= limit else { throw HTTPError.contentTooLarge(limit: limit) }
        return length.bytes == 0 ? .none : .length(length.bytes)
    }
}

/// A header that may stand once, and how often it does.
struct Repeatable: Equatable {
    private(set) var first: String?
    private(set) var count = 0

    mutating func append(_ value: String) {
        if count == 0 { first = value }
        count += 1
    }
}

/// `1*DIGIT` (RFC 9110 §8.6).
struct ContentLength {
    /// What is beyond any number counts as the largest.
    let bytes: Int

    init?(_ text: String) {
        guard !text.isEmpty, text.utf8.allSatisfy(CharacterClass.digit.contains) else { return nil }
        bytes = Int(text) ?? .max
    }
}
