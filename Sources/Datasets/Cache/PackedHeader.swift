/// The first 128 bytes of a packed file: what it holds, in 96 bytes, and the SHA-256 of what follows, in 32.
struct PackedHeader: Hashable {
    static let bytes = 128
    /// The number stands for the layout and for the resampling: a packed file of another is made anew.
    private static let magic = Array("PLATEAU-PACK-2\n\0".utf8)

    var channels: Int
    var height: Int
    var width: Int
    var count: Int
    /// 64 characters.
    var dataHash: String

    var imageBytes: Int { channels * height * width }
    var caseBytes: Int { imageBytes + height * width }
    var fileBytes: Int { Self.bytes + count * caseBytes }

    /// - Parameter checksum: 32 bytes.
    func encoded(checksum: [UInt8]) -> [UInt8] {
        precondition(checksum.count == 32 && dataHash.utf8.count == 64)
        var bytes = Self.magic
        for number in [channels, height, width, count] {
            withUnsafeBytes(of: UInt32(number).littleEndian) { bytes.append(contentsOf: $0) }
        }
        bytes += Array(dataHash.utf8)
        return bytes + checksum
    }
}
