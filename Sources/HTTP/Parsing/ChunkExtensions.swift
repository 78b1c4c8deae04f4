/// What may follow a chunk's size (RFC 9112 §7.1.1). It means nothing here, but others must not read it as something else.
struct ChunkExtensions {
    private var rest: ArraySlice<UInt8>

    /// `*( BWS ";" BWS token [ BWS "=" BWS ( token / quoted-string ) ] )`.
    static func areWellFormed(_ bytes: ArraySlice<UInt8>) -> Bool {
        var extensions = ChunkExtensions(rest: bytes)
        while !extensions.rest.isEmpty {
            guard extensions.take(";"), extensions.takeRun(of: .token) else { return false }
            if extensions.take("="), !extensions.takeRun(of: .token), !extensions.takeQuoted() { return false }
        }
        return true
    }

    /// One character with white space around it, or nothing.
    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        let found = rest.drop(while: Characters.isSpace)
        guard found.first == UInt8(ascii: character) else { return false }
        rest = found.dropFirst().drop(while: Characters.isSpace)
        return true
    }

    private mutating func takeRun(of characters: CharacterClass) -> Bool {
        let after = rest.drop(while: characters.contains)
        defer { rest = after }
        return after.count < rest.count
    }

    /// RFC 9110 §5.6.4.
    private mutating func takeQuoted() -> Bool {
        guard rest.popFirst() == UInt8(ascii: "\"") else { return false }
        while let byte = rest.popFirst(), Characters.isFieldValue(byte) {
            if byte == UInt8(ascii: "\"") { return true }
            if byte == UInt8(ascii: "\\") {
                guard let escaped = rest.popFirst(), Characters.isFieldValue(escaped) else { return false }
            }
        }
        return false
    }
}
