import CCodecs
import Foundation

/// A data set of volumes, unpacked, standardized, resampled if asked, and laid out in one read-only, memory-mapped file
/// that all workers of a machine share.
///
/// Each channel of a volume has mean 0 and deviation 1, clipped to ±10, stored in half precision. Where at least a
/// quarter of the values of the median volume are exactly 0, voxels that are 0 in every channel are taken for empty
/// surroundings: they do not count, and stay 0. Else all voxels count. A constant channel is 0.
///
/// It may be used from several threads at once. `@unchecked Sendable`: the mapping is never written to, and `isVerified`
/// is guarded by the lock.
public final class PackedVolumes: @unchecked Sendable {
    /// Edges of voxels that may be asked for, in millimetres.
    public static let spacings = 0.01...100.0

    /// Of a volume.
    public let channels: Int
    public let classes: LabelClasses
    private let places: [String: Int]
    private let records: [VolumeRecord]
    private let path: String
    private let mapping: UnsafeRawPointer
    private let mappedBytes: Int
    private let lock = NSLock()
    private var isVerified: [Bool]

    /// Opens the packed file, making it first where it is missing or its index is damaged. Several processes may do so at
    /// once: one packs, the others wait for it.
    ///
    /// - Parameters:
    ///   - manifest: of 3 dimensions.
    ///   - root: the data set's folder.
    ///   - spacing: the edges z, y, x of the voxels wanted, in millimetres; nil leaves each volume as it is stored.
    ///   - cacheDirectory: must exist.
    ///   - shouldStop: asked between cases, and while another process packs; ends with `DatasetError.cancelled`.
    ///   - progress: cases packed and in all.
    /// - Throws: `DatasetError.changed` when a file is not the one that was registered, `.unusableSpacing`, `.io` when the
    ///   disk refuses.
    public convenience init(
        manifest: DatasetManifest, root: String, spacing: [Double]? = nil, cacheDirectory: String,
        shouldStop: () -> Bool = { false }, progress: (Int, Int) -> Void = { _, _ in }
    ) throws {
        precondition(manifest.dimensions == 3)
        if let spacing {
            guard spacing.count == 3, spacing.allSatisfy(Self.spacings.contains) else {
                throw DatasetError.unusableSpacing(
                    "a spacing is three lengths z, y, x from \(Self.spacings.lowerBound) to "
                        + "\(Self.spacings.upperBound) mm; got \(spacing)")
            }
        }
        let index = VolumeIndex(manifest, spacing: spacing)
        let voxels = spacing.map { $0.map { "\($0)" }.joined(separator: "x") } ?? "stored"
        let path = "\(cacheDirectory)/\(manifest.dataHash)-\(voxels).vols"
        if let sound = VolumeFile(path, index) {
            try self.init(sound, index, manifest, path)
            return
        }
        try PackLock.holding(path, shouldStop: shouldStop) {
            guard VolumeFile(path, index) == nil else { return }
            if let spacing {
                // All of them first: packing takes long.
                for item in manifest.cases {
                    _ = try VolumePacker.extent(of: item, spacing: spacing, channels: manifest.channels)
                }
            }
            try VolumePacker(index: index, classes: manifest.classes, root: root).pack(
                manifest.cases, to: path, shouldStop: shouldStop, progress: progress)
        }
        guard let sound = VolumeFile(path, index) else {
            throw DatasetError.io(path: path, operation: "open", code: EIO)
        }
        try self.init(sound, index, manifest, path)
    }

    private init(_ file: VolumeFile, _ index: VolumeIndex, _ manifest: DatasetManifest, _ path: String) throws {
        (mapping, mappedBytes) = (try file.mapped(), file.size)
        self.path = path
        records = file.records
        channels = index.channels
        classes = manifest.classes
        places = Dictionary(uniqueKeysWithValues: manifest.cases.enumerated().map { ($1.id, $0) })
        isVerified = [Bool](repeating: false, count: records.count)
    }

    deinit { munmap(UnsafeMutableRawPointer(mutating: mapping), mappedBytes) }

    /// D, H, W of a case, after resampling.
    ///
    /// - Throws: `DatasetError.changed` for an id that is not in the data set.
    public func extent(of id: String) throws -> [Int] { try records[place(of: id)].extent }

    /// Copies a box out of a case: the image [C, D, H, W], and the labels [D, H, W] as they are in the files. Outside the
    /// volume both are 0.
    ///
    /// - Parameters:
    ///   - origin: of the box, z, y, x; may be negative.
    ///   - size: D, H, W of the box, each at least 1.
    /// - Throws: `DatasetError.changed` for an id that is not in the data set; `.io` when the packed file turns out to be
    ///   damaged. It is removed then, so that opening it again makes it anew.
    public func patch(of id: String, origin: [Int], size: [Int]) throws -> (image: [Float], labels: [UInt8]) {
        let sides = 1...1 << 20
        precondition(size.count == 3 && size.allSatisfy(sides.contains) && origin.count == 3)
        precondition(origin.allSatisfy { abs($0) <= 1 << 40 })
        let record = try verified(id)
        let voxels = size.reduce(1, *)
        let shift = zip(origin, record.boxOrigin).map { Int64($0 - $1) }
        let values = mapping.advanced(by: record.offset).assumingMemoryBound(to: UInt16.self)
        let image = [Float](unsafeUninitializedCapacity: channels * voxels) { buffer, count in
            guard let start = buffer.baseAddress else { return }
            for channel in 0..<channels {
                // Within bounds: voxels numbers for each channel; the record's bytes were verified to be in the mapping.
                plateau_window_half(
                    start + channel * voxels, size, values + channel * record.boxVoxels, record.boxSize, shift)
            }
            count = channels * voxels
        }
        let stored = mapping.advanced(by: record.labelsOffset(channels: channels)).assumingMemoryBound(to: UInt8.self)
        let labels = [UInt8](unsafeUninitializedCapacity: voxels) { buffer, count in
            plateau_window_labels(buffer.baseAddress, size, stored, record.boxSize, shift)
            count = voxels
        }
        return (image, labels)
    }

    /// Voxels of a class to draw from: all of them, or 4096 evenly taken.
    ///
    /// - Parameter classIndex: in `classes`.
    /// - Throws: as `patch`.
    public func foregroundVoxels(of id: String, classIndex: Int) throws -> ForegroundVoxels {
        let record = try verified(id)
        let start = record.samplesOffset(channels: channels, classIndex: classIndex)
        let total = record.totals[classIndex]
        let places = mapping.advanced(by: start).assumingMemoryBound(to: UInt32.self)
        // Within bounds, and copied, so that nothing outlives the mapping: at most 16 KiB.
        let samples = Array(UnsafeBufferPointer(start: places, count: Swift.min(total, VolumeRecord.sampleLimit)))
        return ForegroundVoxels(
            total: total, places: samples, boxOrigin: record.boxOrigin, boxSize: record.boxSize)
    }

    private func place(of id: String) throws -> Int {
        guard let place = places[id] else { throw DatasetError.changed("the data set has no case \(id)") }
        return place
    }

    /// The case's record; its bytes are checked the first time. Not all at once on opening: a data set may be much larger
    /// than what a run uses of it.
    private func verified(_ id: String) throws -> VolumeRecord {
        let place = try place(of: id)
        let record = records[place]
        if lock.withLock({ isVerified[place] }) { return record }
        let digest = SHA256Digest()
        digest.update(
            UnsafeRawBufferPointer(
                start: mapping.advanced(by: record.offset), count: record.end(channels: channels) - record.offset))
        guard digest.bytes() == record.checksum else {
            unlink(path)
            throw DatasetError.io(path: path, operation: "read what was written to", code: EIO)
        }
        lock.withLock { isVerified[place] = true }
        return record
    }
}

/// Voxels of one class of a volume, evenly taken in the order of their places: z, y, x of each.
public struct ForegroundVoxels: Sendable, RandomAccessCollection {
    /// Voxels of the class in the volume, of which there may be more than are here.
    public let total: Int
    fileprivate let places: [UInt32]
    fileprivate let boxOrigin: [Int]
    fileprivate let boxSize: [Int]

    public var startIndex: Int { 0 }
    public var endIndex: Int { places.count }
    public subscript(index: Int) -> [Int] {
        let place = Int(places[index])
        let (rows, x) = place.quotientAndRemainder(dividingBy: boxSize[2])
        let (z, y) = rows.quotientAndRemainder(dividingBy: boxSize[1])
        return [boxOrigin[0] + z, boxOrigin[1] + y, boxOrigin[2] + x]
    }
}
