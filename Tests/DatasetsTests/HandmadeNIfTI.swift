import Foundation

@testable import Datasets

/// A NIfTI-1 file, field by field, as well-formed or not as a test wants it.
struct HandmadeNIfTI {
    /// dim[0] and what follows.
    var dimensions: [Int]
    var type: VoxelType = .float32
    var isBigEndian = false
    var slope: Float = 0
    var intercept: Float = 0
    /// x, y, z; the fourth number goes before them: qfac.
    var pixdim: [Float] = [1, 1, 1]
    var qfac: Float = 1
    var units: UInt8 = 2
    /// Three rows of four.
    var sform: [[Float]]?
    /// b, c, d, then the offset.
    var qform: [Float]?
    var offset: Float = 352
    var size: Int32 = 348
    var magic = "n+1\0"
    /// Instead of `type`'s.
    var typeCode: Int16?
    /// In the file's order.
    var voxels: [Double] = []
    /// Instead of those of `voxels`.
    var voxelBytes: [UInt8]?

    var bytes: [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 352)
        func put(_ part: [UInt8], _ place: Int) { bytes.replaceSubrange(place..<place + part.count, with: part) }
        put(ordered(size), 0)
        for (index, size) in dimensions.enumerated() { put(ordered(Int16(size)), 40 + 2 * index) }
        put(ordered(typeCode ?? type.rawValue), 70)
        put(ordered(Int16(8 * type.bytes)), 72)
        for (index, size) in ([qfac] + pixdim).enumerated() { put(ordered(size.bitPattern), 76 + 4 * index) }
        put(ordered(offset.bitPattern), 108)
        put(ordered(slope.bitPattern), 112)
        put(ordered(intercept.bitPattern), 116)
        bytes[123] = units
        if let qform {
            put(ordered(Int16(1)), 252)
            for (index, number) in qform.enumerated() { put(ordered(number.bitPattern), 256 + 4 * index) }
        }
        if let sform {
            put(ordered(Int16(1)), 254)
            for (index, number) in sform.joined().enumerated() { put(ordered(number.bitPattern), 280 + 4 * index) }
        }
        put(Array(magic.utf8), 344)
        if offset.isFinite, offset > 352, offset < 100_000 {
            bytes += [UInt8](repeating: 0, count: Int(offset) - 352)
        }
        return bytes + (voxelBytes ?? voxels.flatMap(stored))
    }

    private func stored(_ value: Double) -> [UInt8] {
        switch type {
        case .uint8: ordered(UInt8(value))
        case .int8: ordered(Int8(value))
        case .int16: ordered(Int16(value))
        case .uint16: ordered(UInt16(value))
        case .int32: ordered(Int32(value))
        case .uint32: ordered(UInt32(value))
        case .int64: ordered(Int64(value))
        case .uint64: ordered(UInt64(value))
        case .float32: ordered(Float(value).bitPattern)
        case .float64: ordered(value.bitPattern)
        }
    }

    private func ordered<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
        withUnsafeBytes(of: isBigEndian ? number.bigEndian : number.littleEndian) { Array($0) }
    }
}
