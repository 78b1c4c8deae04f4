import HTTPTypes

/// How a request's content is delimited (RFC 9112 §6). What two readers could frame differently is refused, so that
/// nothing can be smuggled in behind a proxy.
enum BodyFraming: Equatable {
    case none
    case length(Int)
    case chunked

    init(lengths: [String], codings: [String], isHTTP10: Bool, limit: Int) throws {
        if codings.isEmpty {
            self = try Self.length(lengths, limit: limit)
            return
        }
        // §6.3 lets Transfer-Encoding override; §6.1 calls that a likely attack.
        guard lengths.isEmpty else {
            throw HTTPError.badRequest("Content-Length and Transfer-Encoding exclude each other.")
        }
        guard !isHTTP10 else { throw HTTPError.badRequest("HTTP/1.0 has no Transfer-Encoding.") }
        let names = RequestHead.members(codings)
        // §6.3 point 4: without a final chunked, the end of a request cannot be told.
        guard names.last == "chunked", !names.dropLast().contains("chunked") else {
            throw HTTPError.badRequest("Transfer-Encoding must end in chunked, once.")
        }
        // §6.1: a coding the server does not understand is answered with 501.
        guard names.count == 1 else { throw HTTPError(.notImplemented, "The only transfer coding here is chunked.") }
        self = .chunked
    }

    /// §6.3 point 5 would take equal repetitions as one; refusing them costs nobody anything.
    private static func length(_ values: [String], limit: Int) throws -> BodyFraming {
        guard let text = values.first else { return .none }
        guard values.count == 1 else { throw HTTPError.badRequest("There is more than one Content-Length.") }
        guard !text.isEmpty, text.utf8.allSatisfy(CharacterClass.digit.contains) else {
            throw HTTPError.badRequest("Content-Length is not a number of bytes.")
        }
        guard let length = Int(text), length <= limit else { throw HTTPError.contentTooLarge(limit: limit) }
        return length == 0 ? .none : .length(length)
    }
}
