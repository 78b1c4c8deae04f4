import Foundation
import TestSupport

@testable import Datasets

/// A data set of volumes in a folder of its own, built file by file.
final class VolumeSet: Sendable {
    private let folder: TemporaryFolder
    /// Canonical, beside `outside` and `cache`.
    let root: String
    let outside: String
    let cache: String

    init(folders: [String] = ["imagesTr", "labelsTr"]) throws {
        folder = try TemporaryFolder()
        guard let canonical = DataRoots.canonical(folder.url.path) else { throw POSIXError(.ENOENT) }
        (root, outside, cache) = (canonical + "/set", canonical + "/outside", canonical + "/cache")
        for path in [root, outside, cache] + folders.map({ root + "/" + $0 }) {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        }
    }

    /// - Parameter file: relative to the data set's folder; `.gz` at its end packs it.
    func write(_ bytes: [UInt8], to file: String) throws {
        let url = URL(filePath: root + "/" + file)
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(file.hasSuffix(".gz") ? Gzip.packed(bytes) : bytes).write(to: url)
    }

    func write(_ text: String, to file: String) throws { try write(Array(text.utf8), to: file) }

    func remove(_ file: String) throws { try FileManager.default.removeItem(atPath: root + "/" + file) }

    func link(_ file: String, to target: String) throws {
        try FileManager.default.createSymbolicLink(atPath: root + "/" + file, withDestinationPath: target)
    }

    /// An image whose values tell their places, and labels in a box: 1, and 2 in its last layer.
    ///
    /// - Parameter extent: D, H, W.
    func add(_ id: String, extent: [Int] = [5, 6, 7], spacing: [Double] = [3, 2, 1], listed: Bool = true) throws {
        try writeImage("imagesTr/\(id).nii.gz", extent: extent, spacing: spacing)
        try writeLabel("labelsTr/\(id).nii.gz", extent: extent, spacing: spacing)
    }

    func writeImage(_ file: String, extent: [Int] = [5, 6, 7], spacing: [Double] = [3, 2, 1], add: Float = 1) throws {
        let voxels = (0..<extent.reduce(1, *)).map { Float($0) + add }
        try write(NIfTIWriter(extent: extent, spacing: spacing).file(voxels), to: file)
    }

    func writeLabel(
        _ file: String, extent: [Int] = [5, 6, 7], spacing: [Double] = [3, 2, 1], values: [UInt8] = [1, 2]
    ) throws {
        try write(NIfTIWriter(extent: extent, spacing: spacing).file(Self.labels(extent, values)), to: file)
    }

    static func labels(_ extent: [Int], _ values: [UInt8] = [1, 2]) -> [UInt8] {
        let box = zip(extent.map { $0 / 3 }, extent.map { max(1, $0 * 2 / 3) }).map { $0..<$1 }
        return (0..<extent.reduce(1, *)).map { place in
            let (z, y, x) = (place / (extent[1] * extent[2]), place / extent[2] % extent[1], place % extent[2])
            guard box[0].contains(z), box[1].contains(y), box[2].contains(x) else { return 0 }
            return z == box[0].upperBound - 1 ? values[values.count - 1] : values[0]
        }
    }

    /// Writes dataset.json as the decathlon has it.
    func describe(
        _ ids: [String], labels: String = #"{"0": "background", "1": "front", "2": "back"}"#,
        modality: String = #"{"0": "MRI"}"#
    ) throws {
        let pairs = ids.map { #"{"image": "./imagesTr/\#($0).nii.gz", "label": "./labelsTr/\#($0).nii.gz"}"# }
        try write(
            #"{"modality": \#(modality), "labels": \#(labels), "training": [\#(pairs.joined(separator: ", "))]}"#,
            to: "dataset.json")
    }

    func scan(_ layout: DatasetLayout = .msd, limits: DatasetScanner.Limits = .init()) throws -> DatasetScan {
        try DatasetScanner(limits: limits).scan(root: root, layout: layout)
    }

    /// Each problem as "file reason".
    func problems(_ layout: DatasetLayout = .msd, limits: DatasetScanner.Limits = .init()) throws -> [String] {
        try scan(layout, limits: limits).problems.map { "\($0.file) \($0.reason.rawValue)" }
    }
}
