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

    /// - Parameter json: a value that is JSON already.
    mutating func field(_ name: StaticString, json: [UInt8]) {
        self.name(name)
        bytes += json
    }

    /// An array of texts.
    static func list(_ texts: [String]) -> [UInt8] {
        var json = JSONText(capacity: 2 + texts.reduce(0) { $0 + $1.utf8.count + 3 })
        json.beginArray()
        for text in texts {
            json.separate()
            json.string(text)
        }
        json.endArray()
        return json.bytes
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

    mutating func string(_ value: String) { JSONString.append(value, to: &bytes) }
}
