import HTTPTypes

/// Decodes the chunked transfer coding (RFC 9112 §7.1). Extensions and trailers are read, bounded and dropped.
struct ChunkedBody {
    enum Step {
        case bytes([UInt8])
        case end
    }

    private enum State {
        case size
        case data(Int)
        case dataEnd
        case trailers
        case done
    }

    /// Bytes of all trailers together, and of one chunk-size line.
    static let lineLimit = 8 * 1024

    private var state = State.size
    private var trailerBytes = 0

    /// The next piece of content, or nil when more input is needed.
    mutating func next(from buffer: inout LineBuffer) throws -> Step? {
        while true {
            switch state {
            case .size:
                guard let line = try line(from: &buffer) else { return nil }
                let size = try Self.size(line)
                state = size == 0 ? .trailers : .data(size)
            case .data(let remaining):
                guard let bytes = buffer.take(min(remaining, 64 * 1024)) else { return nil }
                state = bytes.count == remaining ? .dataEnd : .data(remaining - bytes.count)
                return .bytes(bytes)
            case .dataEnd:
                guard let line = try line(from: &buffer) else { return nil }
                guard line.isEmpty else { throw HTTPError.badRequest("A chunk is longer than its size says.") }
                state = .size
            case .trailers:
                guard let line = try line(from: &buffer) else { return nil }
                if line.isEmpty {
                    state = .done
                    return .end
                }
                trailerBytes += line.count + 2
                guard trailerBytes <= Self.lineLimit else {
                    throw HTTPError(.requestHeaderFieldsTooLarge, "The trailers are longer than \(Self.lineLimit) bytes.")
                }
                _ = try FieldLine(line)
            case .done:
                return nil
            }
        }
    }

    private func line(from buffer: inout LineBuffer) throws -> ArraySlice<UInt8>? {
        if let line = try buffer.line() { return line }
        if buffer.count > Self.lineLimit { throw HTTPError.badRequest("A chunk's size line is too long.") }
        return nil
    }

    /// `1*HEXDIG [ chunk-ext ]`, at most 15 digits so that it fits an Int.
    private static func size(_ line: ArraySlice<UInt8>) throws -> Int {
        let digits = line.prefix { byte in
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
                UInt8(ascii: "A")...UInt8(ascii: "F"):
                true
            default: false
            }
        }
        // RFC 9112 §7.1.1: white space before the semicolon is bad, but to be tolerated.
        let rest = Characters.trim(line[digits.endIndex...])
        guard (1...15).contains(digits.count), rest.isEmpty || rest.first == UInt8(ascii: ";"),
            rest.allSatisfy(Characters.isFieldValue), let size = Int(String(decoding: digits, as: UTF8.self), radix: 16),
            rest.isEmpty == (digits.endIndex == line.endIndex)
        else { throw HTTPError.badRequest("A chunk's size is not a hexadecimal number.") }
        return size
    }
}
