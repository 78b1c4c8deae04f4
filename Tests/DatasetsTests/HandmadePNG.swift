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
    /// In seven passes; `imageData` has them then.
    var isInterlaced = false
    /// What the IDAT chunks hold in place of the rows.
    var imageData: [[UInt8]]?

    var bytes: [UInt8] {
        let header = Self.word(width) + Self.word(height) + [depth, colour.rawValue, 0, 0, isInterlaced ? 1 : 0]
        var bytes: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] + Self.chunk("IHDR", header)
        for item in extra { bytes += Self.chunk(item.name, item.data) }
        for data in imageData ?? [Self.stored(rows.flatMap { [0] + $0 })] { bytes += Self.chunk("IDAT", data) }
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

    /// A zlib stream of so many zeros (RFC 1951 §3.2.6): a literal, then copies of it, 258 bytes in 13 bits.
    static func zeros(_ count: Int) -> [UInt8] {
        var (bytes, pending, bits): ([UInt8], UInt32, UInt32) = ([0x78, 0x01], 0, 0)
        func put(_ value: UInt32, _ width: UInt32) {
            pending |= value << bits
            bits += width
            while bits >= 8 {
                bytes.append(UInt8(pending & 255))
                (pending, bits) = (pending >> 8, bits - 8)
            }
        }
        // The last block, of fixed codes; codes go in with their highest bit first.
        put(0b011, 3)
        let (copies, literals) = ((count - 1) / 258, 1 + (count - 1) % 258)
        // 0 is 00110000.
        for _ in 0..<literals { put(0b0000_1100, 8) }
        // The length 258 is the code 285, 11000101; the distance 1 is five zeros.
        for _ in 0..<copies { put(0b1010_0011, 13) }
        // The end, 256, is seven zeros.
        put(0, 7)
        put(0, (8 - bits) % 8)
        // Adler-32 of zeros.
        return bytes + word(UInt32(count % 65_521) << 16 | 1)
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
