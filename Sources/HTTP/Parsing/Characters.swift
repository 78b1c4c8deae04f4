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
    static let addressLiteral = CharacterClass("0123456789abcdefABCDEF:.")
    static let digit = CharacterClass("0123456789")
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

    static func hexValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    /// RFC 9110 §7.2: `uri-host [ ":" port ]`; empty where the client's URL has no authority.
    static func isAuthority(_ text: some StringProtocol) -> Bool {
        var rest = text.utf8[...]
        if rest.first == UInt8(ascii: "[") {
            guard let end = rest.firstIndex(of: UInt8(ascii: "]")),
                isAddressLiteral(rest[rest.startIndex..<end].dropFirst())
            else { return false }
            rest = rest[end...].dropFirst()
        } else {
            let name = rest.prefix(while: CharacterClass.registeredName.contains)
            guard isPercentEncoded(name) else { return false }
            rest = rest[name.endIndex...]
            // A port alone is no authority.
            if name.isEmpty { return rest.isEmpty }
        }
        guard let colon = rest.first else { return true }
        let port = rest.dropFirst()
        return colon == UInt8(ascii: ":") && port.count <= 5 && port.allSatisfy(CharacterClass.digit.contains)
            && port.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) } <= 65535
    }

    /// RFC 3986 §3.2.2: an IPv6 address, in so far as its letters tell.
    private static func isAddressLiteral(_ bytes: some Collection<UInt8>) -> Bool {
        (2...45).contains(bytes.count) && bytes.contains(UInt8(ascii: ":"))
            && bytes.allSatisfy(CharacterClass.addressLiteral.contains)
    }

    /// Every `%` has its two hexadecimal digits.
    private static func isPercentEncoded(_ bytes: some Collection<UInt8>) -> Bool {
        var rest = bytes.makeIterator()
        while let byte = rest.next() {
            guard byte == UInt8(ascii: "%") else { continue }
            guard rest.next().flatMap(hexValue) != nil, rest.next().flatMap(hexValue) != nil else { return false }
        }
        return true
    }

    /// In small letters. Those of ASCII alone, else a Kelvin sign would pass for a k.
    static func lowercased(_ bytes: some Sequence<UInt8>) -> String {
        String(decoding: bytes.map { (65...90).contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
    }

    static func trim(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var bytes = bytes
        while let first = bytes.first, isSpace(first) { bytes.removeFirst() }
        while let last = bytes.last, isSpace(last) { bytes.removeLast() }
        return bytes
    }
}
