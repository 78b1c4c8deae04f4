import API
import Logging

/// One line of the log in the making.
struct LogLine {
    private(set) var bytes: [UInt8]
    private let format: LogFormat

    /// Names that each line of JSON has by itself.
    private static let reserved: Set<String> = ["time", "level", "message"]

    /// - Parameters:
    ///   - bytes: of the lines before it.
    ///   - time: as it is to be written.
    init(after bytes: [UInt8], format: LogFormat, time: [UInt8], level: Logger.Level, message: String) {
        self.bytes = bytes
        self.format = format
        switch format {
        case .logfmt:
            self.bytes += time
            // Of the level itself a text would be made by reflection.
            self.bytes += " \(level.rawValue) ".utf8
            for byte in message.utf8 { appendVisible(byte) }
        case .json:
            self.bytes += "{\"time\":\"".utf8
            self.bytes += time
            self.bytes += "\",\"level\":\"\(level.rawValue)\",\"message\":".utf8
            JSONString.append(message, to: &self.bytes)
        }
    }

    mutating func pair(_ name: String, _ value: String) {
        appendName(name)
        switch format {
        case .logfmt:
            if !value.isEmpty, value.utf8.allSatisfy(Self.isPlain) { bytes += value.utf8 } else { appendQuoted(value) }
        case .json: JSONString.append(value, to: &bytes)
        }
    }

    /// - Parameter digits: a number as JSON has them, too.
    mutating func number(_ name: String, _ digits: String) {
        appendName(name)
        bytes += digits.utf8
    }

    mutating func flag(_ name: String) {
        appendName(name)
        bytes += "true".utf8
    }

    mutating func end() {
        if format == .json { bytes.append(UInt8(ascii: "}")) }
        bytes.append(UInt8(ascii: "\n"))
    }

    private mutating func appendName(_ name: String) {
        switch format {
        case .logfmt:
            bytes.append(UInt8(ascii: " "))
            bytes += name.utf8
            bytes.append(UInt8(ascii: "="))
        case .json:
            bytes.append(UInt8(ascii: ","))
            // A name twice in an object means what each reader makes of it.
            JSONString.append(Self.reserved.contains(name) ? name + "_" : name, to: &bytes)
            bytes.append(UInt8(ascii: ":"))
        }
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        byte > 0x20 && byte != 0x7f && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "=")
    }

    private mutating func appendQuoted(_ value: String) {
        bytes.append(UInt8(ascii: "\""))
        for byte in value.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
            default: appendVisible(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// A line must stay one, and must not move a terminal's cursor.
    private mutating func appendVisible(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\n"): bytes += "\\n".utf8
        case ..<0x20, 0x7f: bytes += "\\x\(byte < 16 ? "0" : "")\(String(byte, radix: 16))".utf8
        default: bytes.append(byte)
        }
    }
}
