/// The first 128 bytes of a packed file.
struct PackedHeader: Hashable {
    static let bytes = 128
    private static let magic = Array("PLATEAU-PACK-1\n\0".utf8)

    var channels: Int
    var height: Int
    var width: Int
    var count: Int
    /// 64 characters.
    var dataHash: String

    var imageBytes: Int { channels * height * width }
    var caseBytes: Int { imageBytes + height * width }
    var fileBytes: Int { Self.bytes + count * caseBytes }

    var encoded: [UInt8] {
        var bytes = Self.magic
        for number in [channels, height, width, count] {
            withUnsafeBytes(of: UInt32(number).littleEndian) { bytes.append(contentsOf: $0) }
        }
        bytes += Array(dataHash.utf8)
        return bytes + [UInt8](repeating: 0, count: Self.bytes - bytes.count)
    }
}
