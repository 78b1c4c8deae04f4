import Foundation

/// What a packed file of volumes holds, but for the cases themselves: 192 bytes that name it, and a record a case.
struct VolumeIndex: Hashable {
    static let preambleBytes = 192
    /// The number stands for the layout, the standardization and the resampling: a file of another is made anew.
    private static let magic = Array("PLATEAU-VOLS-1\n\0".utf8)

    var channels: Int
    var classes: Int
    /// z, y, x in millimetres; nil: as stored.
    var spacing: [Double]?
    /// See `Volume.standardize`.
    var masked: Bool
    /// 64 characters.
    var dataHash: String
    var count: Int

    init(_ manifest: DatasetManifest, spacing: [Double]?) {
        channels = manifest.channels
        classes = manifest.classes.count
        self.spacing = spacing
        // One rule for the whole data set: volumes on either side of a bound would otherwise look different. A quarter
        // parts pictures with empty surroundings (60 % and more) from those with a few dark voxels.
        let shares = manifest.cases.map(\.zeros).sorted()
        masked = shares.isEmpty ? false : shares[shares.count / 2] >= 0.25
        dataHash = manifest.dataHash
        count = manifest.cases.count
    }

    var tableBytes: Int { count * VolumeRecord.bytes(classes: classes) }
    /// Where the first case may begin.
    var dataStart: Int { VolumeRecord.aligned(Self.preambleBytes + tableBytes) }

    /// - Parameter checksum: of the table, 32 bytes.
    func preamble(checksum: [UInt8]) -> [UInt8] {
        precondition(checksum.count == 32 && dataHash.utf8.count == 64)
        var bytes = Self.magic
        for number in [channels, classes, count, masked ? 1 : 0] {
            withUnsafeBytes(of: UInt32(number).littleEndian) { bytes.append(contentsOf: $0) }
        }
        for length in spacing ?? [0, 0, 0] {
            withUnsafeBytes(of: length.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
        }
        bytes += Array(dataHash.utf8) + checksum
        return bytes + [UInt8](repeating: 0, count: Self.preambleBytes - bytes.count)
    }
}

/// Where a case lies in the packed file. Only the box outside of which image and labels are 0 is stored.
struct VolumeRecord: Hashable {
    /// Of samples that are kept of each class.
    static let sampleLimit = 4096

    /// D, H, W of the whole volume.
    var extent: [Int]
    var boxOrigin: [Int]
    var boxSize: [Int]
    /// Of the case's bytes, a multiple of 64: values [C, box] in half precision, labels [box], then, at a multiple of 4,
    /// each class's samples as places in the box.
    var offset: Int
    /// Voxels of each class.
    var totals: [Int]
    /// SHA-256 of the case's bytes.
    var checksum: [UInt8]

    static func bytes(classes: Int) -> Int { 8 * (10 + classes) + 32 }
    static func aligned(_ offset: Int, to unit: Int = 64) -> Int { (offset + unit - 1) / unit * unit }

    var boxVoxels: Int { boxSize.reduce(1, *) }
    func labelsOffset(channels: Int) -> Int { offset + 2 * channels * boxVoxels }
    /// Of the samples of a class; of the case's end for the class behind the last one.
    func samplesOffset(channels: Int, classIndex: Int) -> Int {
        let start = Self.aligned(labelsOffset(channels: channels) + boxVoxels, to: 4)
        return totals[..<classIndex].reduce(start) { $0 + 4 * min($1, Self.sampleLimit) }
    }
    func end(channels: Int) -> Int { samplesOffset(channels: channels, classIndex: totals.count) }

    var encoded: [UInt8] {
        (extent + boxOrigin + boxSize + [offset] + totals).flatMap { number in
            withUnsafeBytes(of: UInt64(number).littleEndian) { Array($0) }
        } + checksum
    }

    /// - Parameter bytes: as many as `bytes(classes:)` says.
    init(_ bytes: ArraySlice<UInt8>, classes: Int) {
        let numbers = (0..<10 + classes).map { index in
            let start = bytes.startIndex + 8 * index
            let word = bytes[start..<start + 8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            return Int(truncatingIfNeeded: word)
        }
        extent = Array(numbers[0..<3])
        boxOrigin = Array(numbers[3..<6])
        boxSize = Array(numbers[6..<9])
        offset = numbers[9]
        totals = Array(numbers[10...])
        checksum = Array(bytes.suffix(32))
    }

    init(extent: [Int], boxOrigin: [Int], boxSize: [Int], offset: Int, totals: [Int], checksum: [UInt8]) {
        self.extent = extent
        self.boxOrigin = boxOrigin
        self.boxSize = boxSize
        self.offset = offset
        self.totals = totals
        self.checksum = checksum
    }
}
