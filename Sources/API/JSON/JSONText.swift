import Foundation

/// JSON (RFC 8259) written field by field, for the bodies that are asked for most: `JSONEncoder` takes some twenty
/// times as long for a run. Give an object's fields in order of their names; then the bytes are those of
/// `JSONCoding.encoder()`.
struct JSONText {
    private(set) var bytes: [UInt8] = []

    /// - Parameter capacity: bytes that are made room for.
    init(capacity: Int) {
        bytes.reserveCapacity(capacity)
    }

    mutating func beginObject() { bytes.append(UInt8(ascii: "{")) }

    mutating func endObject() { bytes.append(UInt8(ascii: "}")) }

    mutating func beginArray() { bytes.append(UInt8(ascii: "[")) }

    mutating func endArray() { bytes.append(UInt8(ascii: "]")) }

    /// The comma before every element of an array but the first.
    mutating func separate() {
        if bytes.last != UInt8(ascii: "[") { bytes.append(UInt8(ascii: ",")) }
    }

    /// The name of the object's next field; its value must follow.
    /// - Parameter name: plain ASCII.
    mutating func name(_ name: StaticString) {
        if bytes.last != UInt8(ascii: "{") { bytes.append(UInt8(ascii: ",")) }
        bytes.append(UInt8(ascii: "\""))
        name.withUTF8Buffer { bytes.append(contentsOf: $0) }
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
    }

    mutating func field(_ name: StaticString, _ value: String?) {
        self.name(name)
        if let value { string(value) } else { null() }
    }

    mutating func field(_ name: StaticString, _ value: Int?) {
        self.name(name)
        if let value { integer(value) } else { null() }
    }

    mutating func field(_ name: StaticString, _ value: Double?) {
        self.name(name)
        if let value { number(value) } else { null() }
    }

    mutating func field(_ name: StaticString, _ value: Date?) {
        self.name(name)
        guard let value else { return null() }
        bytes.append(UInt8(ascii: "\""))
        Timestamp.append(value, to: &bytes)
        bytes.append(UInt8(ascii: "\""))
    }

    /// - Parameter write: writes a value that is there.
    mutating func field<Value>(_ name: StaticString, _ value: Value?, _ write: (Value, inout JSONText) -> Void) {
        self.name(name)
        if let value { write(value, &self) } else { null() }
    }

    mutating func null() { bytes.append(contentsOf: "null".utf8) }

    mutating func integer(_ value: Int) {
        guard value >= 0 else {
            bytes.append(contentsOf: String(value).utf8)
            return
        }
        let start = bytes.count
        var rest = value
        repeat {
            bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10))
            rest /= 10
        } while rest > 0
        bytes[start...].reverse()
    }

    /// The shortest digits that read back as the same number; null where JSON has none.
    mutating func number(_ value: Double) {
        guard value.isFinite else { return null() }
        bytes.append(contentsOf: value.description.utf8)
        if bytes.suffix(2).elementsEqual(".0".utf8) { bytes.removeLast(2) }
    }

    /// RFC 8259 §7.
    mutating func string(_ value: String) {
        bytes.append(UInt8(ascii: "\""))
        var value = value
        value.withUTF8 { text in
            if text.allSatisfy(Self.isPlain) {
                bytes.append(contentsOf: text)
            } else {
                for byte in text { escape(byte) }
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
    }

    private mutating func escape(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
        case 0x08: bytes += "\\b".utf8
        case 0x09: bytes += "\\t".utf8
        case 0x0a: bytes += "\\n".utf8
        case 0x0c: bytes += "\\f".utf8
        case 0x0d: bytes += "\\r".utf8
        case ..<0x20: bytes += "\\u00\(byte < 16 ? "0" : "")\(String(byte, radix: 16))".utf8
        default: bytes.append(byte)
        }
    }
}
