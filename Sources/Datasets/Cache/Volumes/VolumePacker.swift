import CCodecs
import Foundation

/// Writes a packed file of volumes, one case in memory at a time: 4 bytes a value for the numbers, 2 for their halves,
/// as much again where they are resampled, and the files as they lie on disk.
struct VolumePacker {
    private let index: VolumeIndex
    private let classes: LabelClasses
    private let root: String

    /// - Throws: `DatasetError.changed` when there is no folder `root`.
    init(index: VolumeIndex, classes: LabelClasses, root: String) throws {
        // Canonical on this machine, which need not be the one where the data set was registered.
        guard let canonical = DataRoots.canonical(root) else {
            throw DatasetError.changed("\(root) is gone: put the data set back where it was registered")
        }
        self.index = index
        self.classes = classes
        self.root = canonical
    }

    /// Only one may run at a time for the same path.
    func pack(
        _ cases: [DatasetCase], to path: String, shouldStop: () -> Bool, progress: (Int, Int) -> Void
    ) throws {
        try PartFile.make(path) { file in
            // No sound preamble until everything else is there.
            try file.write([UInt8](repeating: 0, count: index.dataStart))
            var table: [UInt8] = []
            var offset = index.dataStart
            for (number, item) in cases.enumerated() {
                if shouldStop() { throw DatasetError.cancelled }
                let (record, bytes) = try packed(item, at: offset)
                try file.write(bytes)
                table += record.encoded
                offset = VolumeRecord.aligned(record.end(channels: index.channels))
                // So that the next one is aligned.
                try file.write([UInt8](repeating: 0, count: offset - record.end(channels: index.channels)))
                progress(number + 1, cases.count)
            }
            let digest = SHA256Digest()
            digest.update(table)
            try file.rewind()
            try file.write(index.preamble(checksum: digest.bytes()) + table)
        }
    }

    private func packed(_ item: DatasetCase, at offset: Int) throws -> (VolumeRecord, [UInt8]) {
        var volume = try Volume(item, channels: index.channels, root: root)
        volume.standardize(masked: index.masked)
        if let spacing = index.spacing {
            let extent = try Self.extent(of: item, spacing: spacing, channels: index.channels)
            volume = volume.resampled(to: extent, labelValues: classes.values)
        }
        let (origin, size) = Self.box(of: volume)
        let labels = Self.cropped(volume.labels, volume.extent, origin, size)
        let members = classes.map(classes.members(of:))
        let totals = members.map { Int(plateau_count_members(labels, labels.count, $0)) }
        var record = VolumeRecord(
            extent: volume.extent, boxOrigin: origin, boxSize: size, offset: offset, totals: totals, checksum: [])
        var bytes: [UInt8] = []
        bytes.reserveCapacity(record.end(channels: index.channels) - offset)
        volume.forEachChannel { values in
            bytes += Self.halves(values, volume.extent, origin, size)
        }
        bytes += labels
        bytes += [UInt8](repeating: 0, count: VolumeRecord.aligned(bytes.count, to: 4) - bytes.count)
        for (total, members) in zip(totals, members) {
            var places = [UInt32](repeating: 0, count: min(total, VolumeRecord.sampleLimit))
            // Within bounds: places.count of them are found, as total is what was counted.
            plateau_sample_members(&places, places.count, UInt64(total), labels, labels.count, members)
            bytes += places.withUnsafeBytes { Array($0) }
        }
        let digest = SHA256Digest()
        digest.update(bytes)
        record.checksum = digest.bytes()
        return (record, bytes)
    }

    /// - Throws: `DatasetError.unusableSpacing` where there would be too many voxels.
    static func extent(of item: DatasetCase, spacing: [Double], channels: Int) throws -> [Int] {
        let extent = Volume.extent(item.extent, spacing: item.spacing, to: spacing)
        let limit = DatasetScanner.Limits().values
        // Three sides of 2^30 at most and few channels: no overflow in floating point.
        guard extent.reduce(Double(channels), { $0 * Double($1) }) <= Double(limit) else {
            throw DatasetError.unusableSpacing(
                "at a spacing of \(spacing.map { "\($0)" }.joined(separator: "×")) mm the case \(item.id) would have "
                    + "\(extent.map { "\($0)" }.joined(separator: "×")) voxels in \(channels) channels; at most \(limit) "
                    + "values fit. Choose a larger spacing.")
        }
        return extent
    }

    /// The smallest box outside of which everything is 0; a single voxel where everything is.
    private static func box(of volume: Volume) -> (origin: [Int], size: [Int]) {
        let extent = volume.extent
        var box = extent + [0, 0, 0]
        volume.forEachChannel { plateau_widen_box_values(&box, $0, extent[0], extent[1], extent[2]) }
        plateau_widen_box_labels(&box, volume.labels, extent[0], extent[1], extent[2])
        guard box[3] > 0 else { return ([0, 0, 0], [1, 1, 1]) }
        return (Array(box[..<3]), (0..<3).map { box[$0 + 3] - box[$0] })
    }

    private static func cropped(_ labels: [UInt8], _ extent: [Int], _ origin: [Int], _ size: [Int]) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: size.reduce(1, *)) { buffer, count in
            // Within bounds: the buffer has the size of the window.
            plateau_window_labels(buffer.baseAddress, size, labels, extent, origin.map(Int64.init))
            count = size.reduce(1, *)
        }
    }

    private static func halves(
        _ values: UnsafePointer<Float>, _ extent: [Int], _ origin: [Int], _ size: [Int]
    ) -> [UInt8] {
        let row = 2 * size[2]
        return [UInt8](unsafeUninitializedCapacity: size[0] * size[1] * row) { buffer, count in
            buffer.baseAddress?.withMemoryRebound(to: UInt16.self, capacity: size[0] * size[1] * size[2]) { halves in
                for line in 0..<size[0] * size[1] {
                    let (z, y) = (origin[0] + line / size[1], origin[1] + line % size[1])
                    // Within bounds: the box lies inside the volume.
                    plateau_to_half(
                        halves + line * size[2], values + (z * extent[1] + y) * extent[2] + origin[2], size[2])
                }
            }
            count = size[0] * size[1] * row
        }
    }
}
