import HTTPTypes

/// One field line (RFC 9112 §5).
struct FieldLine {
    let name: HTTPField.Name
    let value: String
    let role: FieldRole

    init(_ line: ArraySlice<UInt8>) throws {
        let bytes = line.span
        guard bytes.count > 0, !Characters.isSpace(bytes[0]) else {
            // RFC 9112 §5.2: obs-fold is refused rather than joined.
            throw HTTPError.badRequest("A header line begins with white space; folded headers are not accepted.")
        }
        var colon = 0
        // RFC 9112 §5.1: white space between name and colon has led to request smuggling; it is no token either.
        while colon < bytes.count, CharacterClass.token.contains(bytes[colon]) { colon += 1 }
        guard colon > 0, colon < bytes.count, bytes[colon] == UInt8(ascii: ":") else {
            throw HTTPError.badRequest(
                "A header is not NAME: VALUE, or its name has a character that no name may have.")
        }
        var start = colon + 1
        var end = bytes.count
        while start < end, Characters.isSpace(bytes[start]) { start += 1 }
        while start < end, Characters.isSpace(bytes[end - 1]) { end -= 1 }
        for index in start..<end where !Characters.isFieldValue(bytes[index]) {
            throw HTTPError.badRequest("A header's value has a control character.")
        }
        if let known = KnownField.named(bytes.extracting(0..<colon)) {
            (name, role) = (known.name, known.role)
        } else {
            let text = String(decoding: line[line.startIndex..<line.startIndex + colon], as: UTF8.self)
            guard let name = HTTPField.Name(text) else { throw HTTPError.badRequest("A header has no valid name.") }
            (self.name, role) = (name, .other)
        }
        value = String(decoding: line[line.startIndex + start..<line.startIndex + end], as: UTF8.self)
    }

    var field: HTTPField { HTTPField(name: name, value: value) }
}
