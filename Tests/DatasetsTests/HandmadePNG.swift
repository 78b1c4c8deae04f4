/// PNG files of kinds that the project itself does not write (W3C PNG, third edition), without compression.
struct HandmadePNG {
    enum Colour: UInt8 {
        case grey = 0
        case rgb = 2
        case palette = 3
        case greyAlpha = 4
        case rgba = 6
    }

    var width: UInt32
    var height: UInt32
    var depth: UInt8 = 8
    var colour: Colour
    /// Rows as stored, without the leading filter byte.
    var rows: [[UInt8]] = []
    /// Chunks between IHDR and IDAT.
    var extra: [(name: String, data: [UInt8])] = []

    var bytes: [UInt8] {
        let header = Self.word(width) + Self.word(height) + [depth, colour.rawValue, 0, 0, 0]
        var bytes: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] + Self.chunk("IHDR", header)
        for item in extra { bytes += Self.chunk(item.name, item.data) }
        bytes += Self.chunk("IDAT", Self.stored(rows.flatMap { [0] + $0 }))
        return bytes + Self.chunk("IEND", [])
    }

    /// A zlib stream of one stored block (RFC 1950, RFC 1951 §3.2.4).
    static func stored(_ data: [UInt8]) -> [UInt8] {
        precondition(data.count < 1 << 16)
        let count = UInt16(data.count)
        var (a, b): (UInt32, UInt32) = (1, 0)
        for byte in data {
            a = (a + UInt32(byte)) % 65_521
            b = (b + a) % 65_521
        }
        let length = [UInt8(count & 255), UInt8(count >> 8), UInt8(~count & 255), UInt8(~count >> 8)]
        return [0x78, 0x01, 1] + length + data + word(b << 16 | a)
    }

    private static func chunk(_ name: String, _ data: [UInt8]) -> [UInt8] {
        let content = Array(name.utf8) + data
        return word(UInt32(data.count)) + content + word(checksum(content))
    }

    /// CRC-32 bit by bit.
    private static func checksum(_ data: [UInt8]) -> UInt32 {
        ~data.reduce(UInt32.max) { sum, byte in
            (0..<8).reduce(sum ^ UInt32(byte)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0xedb8_8320 : value >> 1 }
        }
    }

    private static func word(_ value: UInt32) -> [UInt8] {
        [UInt8(value >> 24), UInt8(value >> 16 & 255), UInt8(value >> 8 & 255), UInt8(value & 255)]
    }
}
