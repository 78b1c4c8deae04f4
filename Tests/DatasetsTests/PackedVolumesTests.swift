import Foundation
import Testing

@testable import Datasets

@Suite struct PackedVolumesTests {
    private func open(_ set: VolumeSet, _ layout: DatasetLayout = .msd, spacing: [Double]? = nil) throws
        -> PackedVolumes
    {
        try PackedVolumes(
            manifest: try set.scan(layout).manifest, root: set.root, spacing: spacing, cacheDirectory: set.cache)
    }

    /// One case of one channel.
    private func packed(
        _ voxels: [Float], extent: [Int], labels: [UInt8]? = nil, spacing: [Double] = [1, 1, 1], to: [Double]? = nil
    ) throws -> PackedVolumes {
        let set = try VolumeSet()
        let writer = NIfTIWriter(extent: extent, spacing: spacing)
        try set.write(writer.file(voxels), to: "imagesTr/a.nii.gz")
        try set.write(writer.file(labels ?? VolumeSet.labels(extent)), to: "labelsTr/a.nii.gz")
        try set.describe(["a"])
        return try open(set, spacing: to)
    }

    private func whole(_ data: PackedVolumes, _ id: String = "a") throws -> (image: [Float], labels: [UInt8]) {
        try data.patch(of: id, origin: [0, 0, 0], size: try data.extent(of: id))
    }

    private func moments(_ values: [Float]) -> (mean: Double, deviation: Double) {
        let mean = values.reduce(0) { $0 + Double($1) } / Double(values.count)
        return (mean, (values.reduce(0) { $0 + pow(Double($1) - mean, 2) } / Double(values.count)).squareRoot())
    }

    /// Halves have eleven bits.
    private func isClose(_ left: [Float], _ right: [Double], within bound: Double = 1.0 / 1024) -> Bool {
        left.count == right.count
            && zip(left, right).allSatisfy { abs(Double($0) - $1) <= bound * max(1, abs($1)) }
    }

    @Test func valuesAreStandardizedAndLabelsKept() throws {
        let extent = [3, 4, 5]
        let voxels = (0..<60).map { Float(($0 * 37) % 60) + 1000 }
        let data = try packed(voxels, extent: extent)
        #expect(data.channels == 1 && data.classes.map(\.name) == ["front", "back"])
        #expect(try data.extent(of: "a") == extent)
        let (image, labels) = try whole(data)
        let (mean, deviation) = moments(voxels)
        #expect(isClose(image, voxels.map { (Double($0) - mean) / deviation }))
        #expect(labels == VolumeSet.labels(extent))
    }

    @Test func emptySurroundingsDoNotCountAndStayZero() throws {
        // A third is empty; the rest has one voxel that is 0 in one channel only.
        let set = try VolumeSet()
        func value(_ place: Int, _ channel: Int) -> Float {
            let isEmpty = place < 20 || (place == 30 && channel == 0)
            return isEmpty ? 0 : Float((place * 7 + channel) % 23 + 5)
        }
        let channels = (0..<2).map { channel in (0..<60).map { value($0, channel) } }
        for (number, voxels) in channels.enumerated() {
            try set.write(
                NIfTIWriter(extent: [3, 4, 5], spacing: [1, 1, 1]).file(voxels), to: "imagesTr/a_000\(number).nii.gz")
        }
        try set.writeLabel("labelsTr/a.nii.gz", extent: [3, 4, 5], spacing: [1, 1, 1])
        let image = try whole(try open(set, .nnunet)).image
        for (number, voxels) in channels.enumerated() {
            let (mean, deviation) = moments(Array(voxels[20...]))
            let wanted = voxels.enumerated().map { $0 < 20 ? 0 : (Double($1) - mean) / deviation }
            #expect(isClose(Array(image[60 * number..<60 * number + 60]), wanted))
        }
    }

    @Test func aFewDarkVoxelsAreNotSurroundings() throws {
        let voxels = (0..<60).map { Float($0 % 10) }
        let (mean, deviation) = moments(voxels)
        #expect(
            isClose(
                try whole(try packed(voxels, extent: [3, 4, 5])).image, voxels.map { (Double($0) - mean) / deviation }))
    }

    @Test func constantChannelsAreZeroAndOutliersClipped() throws {
        // 0.1 is none of the binary fractions: its mean is not quite itself.
        let flat = try whole(try packed([Float](repeating: 0.1, count: 1000), extent: [10, 10, 10])).image
        #expect(flat == [Float](repeating: 0, count: 1000))
        var voxels = (0..<1000).map { Float($0 % 7) }
        voxels[500] = 1.7e38
        let image = try whole(try packed(voxels, extent: [10, 10, 10])).image
        #expect(image[500] == 10)
        #expect(image.allSatisfy { $0.isFinite && abs($0) <= 10 })
    }

    @Test func patchesAreCutAtAnyPlace() throws {
        let extent = [4, 5, 6]
        let voxels = (0..<120).map { Float(($0 * 29) % 120) }
        let data = try packed(voxels, extent: extent)
        let (image, labels) = try whole(data)
        func expected<Number: Numeric>(_ all: [Number], _ origin: [Int], _ size: [Int]) -> [Number] {
            var cut: [Number] = []
            for z in origin[0]..<origin[0] + size[0] {
                for y in origin[1]..<origin[1] + size[1] {
                    for x in origin[2]..<origin[2] + size[2] {
                        let isInside = (0..<4).contains(z) && (0..<5).contains(y) && (0..<6).contains(x)
                        cut.append(isInside ? all[(z * 5 + y) * 6 + x] : 0)
                    }
                }
            }
            return cut
        }
        let places: [(origin: [Int], size: [Int])] = [
            ([0, 0, 0], [4, 5, 6]), ([1, 2, 3], [2, 2, 2]), ([-1, -2, -3], [8, 9, 10]), ([-2, 0, 0], [3, 1, 6]),
            ([2, 3, 4], [4, 4, 4]), ([4, 0, 0], [2, 2, 2]), ([0, 5, 0], [1, 1, 1]), ([0, 0, -2], [4, 5, 2]),
            ([-9, -9, -9], [3, 3, 3]), ([3, 4, 5], [1, 1, 1]), ([0, 0, 6], [4, 5, 1]), ([1 << 40, 0, 0], [1, 1, 1]),
            ([0, -(1 << 40), 0], [1, 1, 1]),
        ]
        for (origin, size) in places {
            let patch = try data.patch(of: "a", origin: origin, size: size)
            #expect(patch.image == expected(image, origin, size), "\(origin) \(size)")
            #expect(patch.labels == expected(labels, origin, size), "\(origin) \(size)")
        }
    }

    @Test func onlyWhatIsNotEmptyIsStored() throws {
        // A cube of 4 in a volume of 32.
        let extent = [32, 32, 32]
        func isInside(_ place: Int) -> Bool {
            [place / 1024, place / 32 % 32, place % 32].allSatisfy { (10..<14).contains($0) }
        }
        let voxels = (0..<32768).map { isInside($0) ? Float($0 % 100 + 1) : 0 }
        let labels: [UInt8] = (0..<32768).map { isInside($0) && $0 % 2 == 0 ? 1 : 0 }
        let set = try VolumeSet()
        let writer = NIfTIWriter(extent: extent, spacing: [1, 1, 1])
        try set.write(writer.file(voxels), to: "imagesTr/a.nii.gz")
        try set.write(writer.file(labels), to: "labelsTr/a.nii.gz")
        try set.describe(["a"])
        let data = try open(set)
        #expect(try data.extent(of: "a") == extent)
        let name = try #require(
            try FileManager.default.contentsOfDirectory(atPath: set.cache).first { $0.hasSuffix(".vols") })
        let size = try FileManager.default.attributesOfItem(atPath: set.cache + "/" + name)[.size] as? Int
        #expect(try #require(size) < 1024)
        let (image, stored) = try whole(data)
        #expect(stored == labels)
        let inside = voxels.filter { $0 != 0 }
        let (mean, deviation) = moments(inside)
        #expect(isClose(image, voxels.map { $0 == 0 ? 0 : (Double($0) - mean) / deviation }))
        let voxel = try data.foregroundVoxels(of: "a", classIndex: 0)
        #expect(voxel.map { $0 } == (0..<32768).filter { labels[$0] == 1 }.map { [$0 / 1024, $0 / 32 % 32, $0 % 32] })
    }

    @Test func foregroundVoxelsAreEvenlyTaken() throws {
        let extent = [20, 30, 40]
        let labels = (0..<24000).map { UInt8($0 % 3) }
        let data = try packed((0..<24000).map { Float($0 % 50 + 1) }, extent: extent, labels: labels)
        for classIndex in 0..<2 {
            let voxels = try data.foregroundVoxels(of: "a", classIndex: classIndex)
            #expect(voxels.total == 8000 && voxels.count == 4096)
            let places = voxels.map { ($0[0] * 30 + $0[1]) * 40 + $0[2] }
            #expect(places == (0..<4096).map { 3 * ($0 * 8000 / 4096) + classIndex + 1 })
        }
        let none = try packed(
            (1...60).map(Float.init), extent: [3, 4, 5], labels: .init(repeating: 0, count: 59) + [2])
        #expect(try none.foregroundVoxels(of: "a", classIndex: 0).isEmpty)
        #expect(try none.foregroundVoxels(of: "a", classIndex: 1).map { $0 } == [[2, 3, 4]])
    }

    @Test func resamplingIsThatOfAPlainReference() throws {
        let extent = [5, 9, 7]
        let voxels = (0..<315).map { Float(($0 * $0 * 7) % 101) + 20 }
        let labels: [UInt8] = (0..<315).map { (place: Int) in UInt8((place / 12 + place / 100) % 3) }
        // Growing along z, shrinking along y, as it is along x.
        let data = try packed(voxels, extent: extent, labels: labels, spacing: [3, 1, 1.5], to: [1.2, 2.1, 1.5])
        let size = [13, 4, 7]
        #expect(try data.extent(of: "a") == size)
        let (mean, deviation) = moments(voxels)
        func weights(_ from: Int, _ to: Int, _ place: Int) -> [Double] {
            let scale = Double(from) / Double(to)
            let raw = (0..<from).map {
                max(0, 1 - abs(Double($0) + 0.5 - (Double(place) + 0.5) * scale) / max(1, scale))
            }
            return raw.map { $0 / raw.reduce(0, +) }
        }
        let tables = (0..<3).map { axis in (0..<size[axis]).map { weights(extent[axis], size[axis], $0) } }
        var image: [Double] = []
        var shares: [[Double]] = []
        for place in 0..<13 * 4 * 7 {
            let at = [place / 28, place / 7 % 4, place % 7]
            var value = 0.0
            var share = [0.0, 0, 0]
            for (source, number) in voxels.enumerated() {
                let weight =
                    tables[0][at[0]][source / 63] * tables[1][at[1]][source / 7 % 9] * tables[2][at[2]][source % 7]
                value += weight * (Double(number) - mean) / deviation
                share[Int(labels[source])] += weight
            }
            image.append(value)
            shares.append(share)
        }
        let patch = try whole(data)
        #expect(isClose(patch.image, image))
        for (label, share) in zip(patch.labels, shares) {
            // Where two weigh the same, rounding decides.
            #expect(share[Int(label)] >= (share.max() ?? 0) - 1e-6)
        }
        #expect(Set(patch.labels) == [0, 1, 2])
    }

    @Test func ofTwoLabelsThatWeighTheSameTheLowerWins() throws {
        // Two of a row become one.
        let labels: [UInt8] = [2, 1, 0, 2, 1, 0]
        let data = try packed((1...6).map(Float.init), extent: [1, 3, 2], labels: labels, to: [1, 1, 2])
        #expect(try whole(data).labels == [1, 0, 0])
    }

    @Test func spacingsThatMakeTooManyVoxelsAreRefused() throws {
        let set = try VolumeSet()
        try set.add("a", extent: [40, 40, 40], spacing: [20, 20, 20])
        try set.describe(["a"])
        for spacing in [[0.01, 0.01, 0.01], [1, 1], [0, 1, 1], [1, .nan, 1], [101, 1, 1], [-1, 1, 1]] {
            let error = try #require(throws: DatasetError.self, "\(spacing)") { try open(set, spacing: spacing) }
            guard case .unusableSpacing(let detail) = error else { return #expect(Bool(false), "\(error)") }
            #expect(detail.contains("spacing"))
        }
        #expect(try open(set, spacing: [100, 100, 100]).extent(of: "a") == [8, 8, 8])
    }

    @Test func channelsOfOneFileAndOfSeveralAreTheSame() throws {
        let voxels = (0..<120).map { Float(($0 * 31) % 120 + 1) }
        let writer = NIfTIWriter(extent: [3, 4, 5], spacing: [1, 1, 1])
        let one = try VolumeSet()
        try one.write(
            NIfTIWriter(extent: [3, 4, 5], spacing: [1, 1, 1], channels: 2).file(voxels), to: "imagesTr/a.nii.gz")
        try one.writeLabel("labelsTr/a.nii.gz", extent: [3, 4, 5], spacing: [1, 1, 1])
        try one.describe(["a"], modality: #"{"0": "T1", "1": "T2"}"#)
        let two = try VolumeSet()
        try two.write(writer.file(Array(voxels[..<60])), to: "imagesTr/a_0000.nii")
        try two.write(writer.file(Array(voxels[60...])), to: "imagesTr/a_0001.nii.gz")
        try two.writeLabel("labelsTr/a.nii.gz", extent: [3, 4, 5], spacing: [1, 1, 1])
        let patches = [try whole(try open(one)), try whole(try open(two, .nnunet))]
        #expect(patches[0].image.count == 120)
        #expect(patches[0].image == patches[1].image && patches[0].labels == patches[1].labels)
    }

    @Test func anUnknownCaseIsAnError() throws {
        let data = try packed((1...60).map(Float.init), extent: [3, 4, 5])
        #expect(throws: DatasetError.self) { try data.extent(of: "z") }
        #expect(throws: DatasetError.self) { try data.patch(of: "z", origin: [0, 0, 0], size: [1, 1, 1]) }
        #expect(throws: DatasetError.self) { try data.foregroundVoxels(of: "z", classIndex: 0) }
    }
}
