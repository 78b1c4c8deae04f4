/// Character classes of RFC 9110 §5.6.2 and RFC 9112 §3.
enum Characters {
    /// `tchar`.
    static func isToken(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"):
            true
        default: tokenPunctuation.contains(byte)
        }
    }

    /// `field-vchar`, space and tab: RFC 9110 §5.5 forbids CR, LF and NUL; no other control is of use either.
    static func isFieldValue(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "\t") || (byte >= 0x20 && byte != 0x7f)
    }

    static func isSpace(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }

    static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    /// Visible ASCII without `#`, which cannot stand in a request target.
    static func isTarget(_ byte: UInt8) -> Bool { byte > 0x20 && byte < 0x7f && byte != UInt8(ascii: "#") }

    /// RFC 3986 §3.2.2: what a host with its port is made of.
    static func isAuthority(_ byte: UInt8) -> Bool {
        isToken(byte) || authorityPunctuation.contains(byte)
    }

    static func trim(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var bytes = bytes
        while let first = bytes.first, isSpace(first) { bytes.removeFirst() }
        while let last = bytes.last, isSpace(last) { bytes.removeLast() }
        return bytes
    }

    private static let tokenPunctuation = Array("!#$%&'*+-.^_`|~".utf8)
    private static let authorityPunctuation = Array(":[]%;,=()".utf8)
}
