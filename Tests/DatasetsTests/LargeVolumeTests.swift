import Foundation
import Testing

@testable import Datasets

/// A case as large as BraTS's: 240×240×155 voxels in 4 channels, 143 MB as floats.
@Suite(.serialized) struct LargeVolumeTests {
    private static let extent = [155, 240, 240]
    /// Of the process while it scans and packs, over what it had: the numbers (143 MB), a file as it lies on disk (36 MB),
    /// a mask and the labels (18 MB), the box's halves (28 MB, a third of the volume) and, as other tests run beside this
    /// one, theirs.
    private static let memoryLimit = 350 << 20

    /// A brain-sized ellipsoid of noise, empty around it.
    private func voxels(_ channel: Int) -> [Float] {
        let (d, h, w) = (Self.extent[0], Self.extent[1], Self.extent[2])
        return [Float](unsafeUninitializedCapacity: d * h * w) { buffer, count in
            var state = UInt32(channel + 1)
            buffer.initialize(repeating: 0)
            for z in 20..<d - 20 {
                for y in 40..<h - 40 {
                    let (dz, dy) = (Float(z - d / 2) / 60, Float(y - h / 2) / 80)
                    let rest = 1 - dz * dz - dy * dy
                    guard rest > 0 else { continue }
                    let half = Int(70 * rest.squareRoot())
                    for x in w / 2 - half..<w / 2 + half {
                        state = state &* 1_664_525 &+ 1_013_904_223
                        buffer[(z * h + y) * w + x] = Float(state >> 20) + 100
                    }
                }
            }
            count = d * h * w
        }
    }

    private static func peak() throws -> Int {
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") })
        return try #require(line.split(separator: " ").compactMap { Int($0) }.first) << 10
    }

    /// Begins a new peak at what is in memory now.
    private static func resetPeak() throws {
        try "5".write(toFile: "/proc/self/clear_refs", atomically: false, encoding: .utf8)
    }

    @Test func itPacksWithinTheStatedMemory() throws {
        let set = try VolumeSet(folders: ["p1"])
        let writer = NIfTIWriter(extent: Self.extent, spacing: [1, 1, 1])
        // Unpacked on disk: packing 143 MB takes longer than all the rest.
        for (channel, part) in BraTSLayout.sequences.enumerated() {
            try set.write(writer.file(voxels(channel)), to: "p1/p1_\(part).nii")
        }
        var labels = [UInt8](repeating: 0, count: Self.extent.reduce(1, *))
        for z in 60..<90 {
            for y in 100..<140 { for x in 100..<130 { labels[(z * 240 + y) * 240 + x] = x < 110 ? 4 : 2 } }
        }
        try set.write(writer.file(labels), to: "p1/p1_seg.nii")

        try Self.resetPeak()
        let before = try Self.peak()
        let manifest = try set.scan(.brats).manifest
        let scanned = try Self.peak() - before
        // One file in memory, and pieces.
        #expect(scanned < 200 << 20, "\(scanned >> 20) MB")
        let data = try PackedVolumes(manifest: manifest, root: set.root, cacheDirectory: set.cache)
        let packed = try Self.peak() - before
        #expect(packed < Self.memoryLimit, "\(packed >> 20) MB")

        #expect(manifest.cases[0].extent == Self.extent && manifest.cases[0].zeros > 0.6)
        #expect(data.channels == 4 && data.classes == .brats)
        let patch = try data.patch(of: "p1", origin: [60, 100, 96], size: [32, 32, 32])
        func place(_ index: Int) -> Int { ((60 + index / 1024) * 240 + 100 + index / 32 % 32) * 240 + 96 + index % 32 }
        #expect(patch.labels == (0..<32768).map { labels[place($0)] })
        #expect(patch.image.count == 4 * 32768)
        // Noise of its own in each channel, all within the brain.
        #expect(patch.image.allSatisfy { abs($0) < 2 } && Set(patch.image).count > 1000)
        #expect(try data.foregroundVoxels(of: "p1", classIndex: 0).total == 30 * 40 * 30)
        #expect(try data.foregroundVoxels(of: "p1", classIndex: 2).total == 30 * 40 * 10)
        // The ellipsoid's box alone is stored.
        let stored = try FileManager.default.contentsOfDirectory(atPath: set.cache).first { $0.hasSuffix(".vols") }
        let size = try FileManager.default.attributesOfItem(atPath: set.cache + "/" + #require(stored))[.size] as? Int
        #expect(try #require(size) < 40 << 20)
    }
}
