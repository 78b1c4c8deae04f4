/// A set of ASCII characters, for the grammars of RFC 9110, 9112 and 3986.
struct CharacterClass: Sendable {
    private var low: UInt64 = 0
    private var high: UInt64 = 0

    init(_ characters: String) {
        for byte in characters.utf8 where byte < 64 { low |= 1 << UInt64(byte) }
        for byte in characters.utf8 where (64..<128).contains(byte) { high |= 1 << UInt64(byte - 64) }
    }

    func contains(_ byte: UInt8) -> Bool {
        if byte < 64 { return low >> UInt64(byte) & 1 == 1 }
        return byte < 128 && high >> UInt64(byte - 64) & 1 == 1
    }

    private static let alphanumeric = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

    /// `tchar`, RFC 9110 §5.6.2.
    static let token = CharacterClass(alphanumeric + "!#$%&'*+-.^_`|~")
    /// `reg-name`, RFC 3986 §3.2.2: unreserved, percent-encoded and sub-delims.
    static let registeredName = CharacterClass(alphanumeric + "-._~%!$&'()*+,;=")
    /// What stands between the brackets of an IPv6 literal.
    static let addressLiteral = CharacterClass(alphanumeric + ":.")
    static let digit = CharacterClass("0123456789")
    static let hexDigit = CharacterClass("0123456789abcdefABCDEF")
    static let space = CharacterClass(" \t")
    /// `X-Request-Id` values that may stand in a log as they are.
    static let requestID = CharacterClass(alphanumeric + "._-")
}

enum Characters {
    static func isSpace(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }

    /// RFC 9110 §5.5 forbids CR, LF and NUL in a field's value; no other control is of use either.
    static func isFieldValue(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "\t") || (byte >= 0x20 && byte != 0x7f)
    }

    /// Visible ASCII without `#`, which cannot stand in a request target.
    static func isTarget(_ byte: UInt8) -> Bool { byte > 0x20 && byte < 0x7f && byte != UInt8(ascii: "#") }

    /// RFC 9110 §7.2: `uri-host [ ":" port ]`; empty where the client's URL has no authority.
    static func isAuthority(_ text: some StringProtocol) -> Bool {
        var rest = text.utf8[...]
        if rest.first == UInt8(ascii: "[") {
            guard let end = rest.firstIndex(of: UInt8(ascii: "]")) else { return false }
            let literal = rest[rest.startIndex..<end].dropFirst()
            guard !literal.isEmpty, literal.allSatisfy(CharacterClass.addressLiteral.contains) else { return false }
            rest = rest[end...].dropFirst()
        } else {
            rest = rest.drop(while: CharacterClass.registeredName.contains)
        }
        guard let colon = rest.first else { return true }
        return colon == UInt8(ascii: ":") && rest.dropFirst().allSatisfy(CharacterClass.digit.contains)
            && rest.count <= 6
    }

    static func trim(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var bytes = bytes
        while let first = bytes.first, isSpace(first) { bytes.removeFirst() }
        while let last = bytes.last, isSpace(last) { bytes.removeLast() }
        return bytes
    }
}
