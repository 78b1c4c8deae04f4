import CCodecs
import Foundation

/// Makes NIfTI-1 files: little-endian, voxels right behind the header, placed by an sform along the axes.
struct NIfTIWriter {
    /// Voxels along z, y, x.
    var extent: [Int]
    /// Along z, y, x in millimetres.
    var spacing: [Double]
    /// A fourth dimension where there are more than one.
    var channels = 1

    /// - Parameter voxels: [channels, D, H, W].
    func file(_ voxels: [Float]) -> [UInt8] {
        // As they lie in memory: the machines this runs on are little-endian.
        header(.float32) + voxels.withUnsafeBytes { Array($0) }
    }

    /// - Parameter voxels: [channels, D, H, W].
    func file(_ voxels: [UInt8]) -> [UInt8] { header(.uint8) + voxels }

    private func header(_ type: VoxelType) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: NIfTIHeader.bytes)
        func put(_ number: some FixedWidthInteger, at place: Int) {
            withUnsafeBytes(of: number.littleEndian) { bytes.replaceSubrange(place..<place + $0.count, with: $0) }
        }
        func put(float number: Double, at place: Int) { put(Float(number).bitPattern, at: place) }
        put(Int32(348), at: 0)
        let dimensions = [channels > 1 ? 4 : 3] + extent.reversed() + [channels, 1, 1, 1]
        for (index, size) in dimensions.enumerated() { put(Int16(size), at: 40 + 2 * index) }
        put(type.rawValue, at: 70)
        put(Int16(8 * type.bytes), at: 72)
        let lengths = [1] + spacing.reversed() + [1, 1, 1, 1]
        for (index, length) in lengths.enumerated() { put(float: length, at: 76 + 4 * index) }
        put(float: Double(NIfTIHeader.bytes), at: 108)
        put(float: 1, at: 112)
        // Millimetres and seconds.
        bytes[123] = 2 | 8
        // Scanner's coordinates.
        put(Int16(1), at: 254)
        for (row, size) in spacing.reversed().enumerated() { put(float: size, at: 280 + 16 * row + 4 * row) }
        bytes.replaceSubrange(344..<348, with: Array("n+1\0".utf8))
        return bytes
    }
}

/// gzip, for files that are written.
enum Gzip {
    /// The same bytes always give the same file.
    ///
    /// - Throws: `DatasetError.io` where there is no memory.
    static func packed(_ bytes: [UInt8]) throws -> [UInt8] {
        var out: UnsafeMutablePointer<UInt8>?
        var count = 0
        guard plateau_gzip_write(bytes, bytes.count, &out, &count) == plateau_gzip_ok, let out else {
            throw DatasetError.io(path: "", operation: "pack bytes", code: ENOMEM)
        }
        defer { free(out) }
        return Array(UnsafeBufferPointer(start: out, count: count))
    }
}
