import HTTPTypes

/// One field line (RFC 9112 §5).
struct FieldLine {
    let name: String
    let value: String

    init(_ line: ArraySlice<UInt8>) throws {
        guard let first = line.first, !Characters.isSpace(first) else {
            // RFC 9112 §5.2: obs-fold is refused rather than joined.
            throw HTTPError.badRequest("A header line begins with white space; folded headers are not accepted.")
        }
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else {
            throw HTTPError.badRequest("A header line has no colon.")
        }
        let name = line[..<colon]
        // RFC 9112 §5.1: white space between name and colon has led to request smuggling.
        guard !name.isEmpty, name.allSatisfy(CharacterClass.token.contains) else {
            throw HTTPError.badRequest("A header's name has a character that no name may have.")
        }
        let value = Characters.trim(line[(colon + 1)...])
        guard value.allSatisfy(Characters.isFieldValue) else {
            throw HTTPError.badRequest("A header's value has a control character.")
        }
        self.name = String(decoding: name, as: UTF8.self)
        self.value = String(decoding: value, as: UTF8.self)
    }
}
