import Foundation
import Testing

@testable import Datasets

/// Every kind of file that cannot be used is named, with what to do; the cases around it stay usable.
@Suite struct VolumeProblemTests {
    private let set: VolumeSet

    init() throws {
        set = try VolumeSet()
        for id in ["a", "b"] { try set.add(id) }
        try set.describe(["a", "b"])
    }

    /// The problem that `spoil` makes of case b.
    private func problem(_ spoil: (VolumeSet) throws -> Void) throws -> DatasetProblem {
        try spoil(set)
        let scan = try set.scan()
        #expect(scan.manifest.cases.map(\.id) == ["a"])
        #expect(scan.problems.count == 1, "\(scan.problems)")
        return try #require(scan.problems.first)
    }

    private func image(_ change: (inout HandmadeNIfTI) -> Void = { _ in }) -> HandmadeNIfTI {
        var file = HandmadeNIfTI(
            dimensions: [3, 7, 6, 5], pixdim: [1, 2, 3], sform: [[1, 0, 0, 0], [0, 2, 0, 0], [0, 0, 3, 0]],
            voxels: (1...210).map(Double.init))
        change(&file)
        return file
    }

    @Test func aSoundSetHasNone() throws {
        try set.write(image().bytes, to: "imagesTr/b.nii.gz")
        let scan = try set.scan()
        #expect(scan.problems.isEmpty)
        #expect(scan.manifest.cases.map(\.id) == ["a", "b"])
        #expect(scan.manifest.dimensions == 3 && scan.manifest.channels == 1)
        #expect(scan.manifest.classes.map(\.name) == ["front", "back"])
        #expect(scan.manifest.classes.map(\.values) == [[1], [2]])
        let item = scan.manifest.cases[0]
        #expect(item.extent == [5, 6, 7] && item.spacing == [3, 2, 1])
        // The box: [1, 3) × [2, 4) × [2, 4).
        #expect(item.foreground == 8.0 / 210 && item.zeros == 0)
        let bytes = Array(try Data(contentsOf: URL(filePath: set.root + "/imagesTr/a.nii.gz")))
        #expect(item.images == [DatasetFile(path: "imagesTr/a.nii.gz", sha256: SHA256Digest.hex(bytes))])
    }

    @Test func anImageWithoutALabel() throws {
        let found = try problem { try $0.remove("labelsTr/b.nii.gz") }
        #expect(found.file == "imagesTr/b.nii.gz" && found.reason == .noMask)
        #expect(found.detail.contains("labelsTr/b.nii.gz, which dataset.json names, is missing"))
    }

    @Test func aLabelWithoutAnImage() throws {
        let found = try problem { try $0.remove("imagesTr/b.nii.gz") }
        #expect(found.file == "labelsTr/b.nii.gz" && found.reason == .noImage)
    }

    @Test func neither() throws {
        let found = try problem {
            try $0.remove("imagesTr/b.nii.gz")
            try $0.remove("labelsTr/b.nii.gz")
        }
        #expect(found.file == "imagesTr/b.nii.gz" && found.reason == .noImage)
        #expect(found.detail.contains("labelsTr/b.nii.gz"))
    }

    @Test func aLabelOfAnotherShape() throws {
        let found = try problem { try $0.writeLabel("labelsTr/b.nii.gz", extent: [5, 6, 8]) }
        #expect(found.file == "labelsTr/b.nii.gz" && found.reason == .sizeMismatch)
        #expect(found.detail.hasPrefix("has 8×6×5 voxels, imagesTr/b.nii.gz 7×6×5"))
    }

    @Test func aLabelThatLiesElsewhere() throws {
        let found = try problem { try $0.writeLabel("labelsTr/b.nii.gz", spacing: [3, 2, 1.05]) }
        #expect(found.file == "labelsTr/b.nii.gz" && found.reason == .affineMismatch)
        #expect(found.detail.hasPrefix("lies up to 0.3 mm from where imagesTr/b.nii.gz does"))
    }

    @Test func roundedHeadersAndFilesThatDoNotSayWhereTheyLieAreNoMismatch() throws {
        try set.writeLabel("labelsTr/b.nii.gz", spacing: [3, 2, 1.01])
        #expect(try set.problems().isEmpty)
        // Moved by a centimetre, but its label does not know of any place.
        try set.write(image { $0.sform?[0][3] = 10 }.bytes, to: "imagesTr/b.nii.gz")
        #expect(try set.problems() == ["labelsTr/b.nii.gz affine_mismatch"])
        var label = image { $0.sform = nil }
        label.voxels = VolumeSet.labels([5, 6, 7]).map(Double.init)
        try set.write(label.bytes, to: "labelsTr/b.nii.gz")
        #expect(try set.problems().isEmpty)
        label.pixdim = [1, 2, 4]
        try set.write(label.bytes, to: "labelsTr/b.nii.gz")
        #expect(try set.problems() == ["labelsTr/b.nii.gz affine_mismatch"])
    }

    @Test func truncatedGzip() throws {
        let found = try problem { set in
            let path = set.root + "/imagesTr/b.nii.gz"
            try Data(try Data(contentsOf: URL(filePath: path)).dropLast(30)).write(to: URL(filePath: path))
        }
        #expect(found.file == "imagesTr/b.nii.gz" && found.reason == .truncated)
        #expect(found.detail.contains("copy it anew"))
    }

    @Test func notNIfTI() throws {
        let found = try problem { try $0.write("not a volume", to: "labelsTr/b.nii.gz") }
        #expect(found.file == "labelsTr/b.nii.gz" && found.reason == .undecodable)
        #expect(found.detail.contains("is not a NIfTI-1 file"))
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity]) func valuesThatAreNotFinite(_ value: Double) throws {
        let found = try problem { set in
            try set.write(image { $0.voxels[7] = value }.bytes, to: "imagesTr/b.nii.gz")
        }
        #expect(found.file == "imagesTr/b.nii.gz" && found.reason == .notFinite)
        #expect(found.detail.hasPrefix("holds 1 values that are NaN or infinite"))
    }

    @Test func valuesBeyondSinglePrecisionAreInfiniteToo() throws {
        let found = try problem { set in
            try set.write(
                image {
                    $0.type = .float64
                    $0.voxels[0] = 1e300
                }.bytes, to: "imagesTr/b.nii.gz")
        }
        #expect(found.reason == .notFinite)
    }

    @Test func labelsThatAreNotDeclared() throws {
        let found = try problem { try $0.writeLabel("labelsTr/b.nii.gz", values: [1, 3]) }
        #expect(found.file == "labelsTr/b.nii.gz" && found.reason == .badLabels)
        #expect(found.detail == "holds the labels 3, which the data set does not declare; it has 0, 1, 2")
    }

    @Test(arguments: [0.5, -1, 256, .nan, .infinity, 1e20, 1.01]) func valuesThatAreNoLabels(_ value: Double) throws {
        let found = try problem { set in
            try set.write(
                image {
                    $0.voxels = VolumeSet.labels([5, 6, 7]).map(Double.init)
                    $0.voxels[3] = value
                }.bytes, to: "labelsTr/b.nii.gz")
        }
        #expect(found.file == "labelsTr/b.nii.gz" && found.reason == .badLabels)
        #expect(found.detail.hasPrefix("holds 1 voxels that are no labels, the first of them \(Float(value))"))
    }

    @Test func floatsThatHoldLabelsAreFine() throws {
        try set.write(
            image {
                $0.type = .float64
                $0.voxels = VolumeSet.labels([5, 6, 7]).map { Double($0) + 0.0003 }
            }.bytes, to: "labelsTr/b.nii.gz")
        #expect(try set.problems().isEmpty)
        #expect(try set.scan().manifest.cases[1].foreground == 8.0 / 210)
    }

    @Test func noVoxels() throws {
        let found = try problem { set in
            try set.write(image { $0.dimensions[3] = 0 }.bytes, to: "imagesTr/b.nii.gz")
        }
        #expect(found.reason == .empty)
    }

    @Test func nothingButZeros() throws {
        let found = try problem { set in
            try set.write(image { $0.voxels = .init(repeating: 0, count: 210) }.bytes, to: "imagesTr/b.nii.gz")
        }
        #expect(found.file == "imagesTr/b.nii.gz" && found.reason == .empty)
    }

    @Test func moreThanThreeDimensionsAndChannels() throws {
        let found = try problem { set in
            try set.write(
                image { $0.dimensions = [5, 7, 6, 1, 1, 5] }.bytes, to: "imagesTr/b.nii.gz")
        }
        #expect(found.file == "imagesTr/b.nii.gz" && found.reason == .wrongDimensions)
    }

    @Test func aLabelInChannels() throws {
        let found = try problem { set in
            try set.write(
                image {
                    $0.dimensions = [4, 7, 6, 5, 2]
                    $0.voxels = .init(repeating: 1, count: 420)
                }.bytes, to: "labelsTr/b.nii.gz")
        }
        #expect(found.file == "labelsTr/b.nii.gz" && found.reason == .wrongDimensions)
    }

    @Test func moreChannelsThanDeclared() throws {
        let found = try problem { set in
            try set.write(
                image {
                    $0.dimensions = [4, 7, 6, 5, 2]
                    $0.voxels += $0.voxels
                }.bytes, to: "imagesTr/b.nii.gz")
        }
        #expect(found.file == "imagesTr/b.nii.gz" && found.reason == .channelMismatch)
        #expect(found.detail == "has 2 channels, the data set 1")
    }

    @Test func whatMayNotBeRead() throws {
        // Root reads anything, so that a folder stands for it.
        let found = try problem { set in
            try set.remove("labelsTr/b.nii.gz")
            try FileManager.default.createDirectory(
                atPath: set.root + "/labelsTr/b.nii.gz", withIntermediateDirectories: true)
        }
        #expect(found.file == "labelsTr/b.nii.gz" && found.reason == .unreadable)
    }

    @Test func whatLeadsOut() throws {
        try set.remove("labelsTr/b.nii.gz")
        try Data().write(to: URL(filePath: set.outside + "/b.nii.gz"))
        try set.link("labelsTr/b.nii.gz", to: set.outside + "/b.nii.gz")
        let scan = try set.scan()
        #expect(scan.manifest.cases.map(\.id) == ["a"])
        #expect(Set(scan.problems.map(\.reason)) == [.outsideRoot])
    }

    @Test func whatIsTooLarge() throws {
        var limits = DatasetScanner.Limits()
        limits.values = 209
        let files = ["imagesTr/a", "imagesTr/b", "labelsTr/a", "labelsTr/b"]
        #expect(try set.problems(limits: limits) == files.map { $0 + ".nii.gz too_large" })
        limits = .init()
        limits.volumeBytes = 100
        #expect(Set(try set.scan(limits: limits).problems.map(\.reason)) == [.tooLarge])
    }

    @Test func everythingThatIsWrongWithACaseIsSaid() throws {
        try set.write(image { $0.voxels[0] = .nan }.bytes, to: "imagesTr/b.nii.gz")
        try set.writeLabel("labelsTr/b.nii.gz", extent: [4, 6, 7])
        try set.write("stem,group\na,one\n", to: "groups.csv")
        let problems = try set.problems()
        #expect(
            problems == ["groups.csv bad_groups", "imagesTr/b.nii.gz not_finite", "labelsTr/b.nii.gz size_mismatch"])
        #expect(try set.scan().manifest.cases.map(\.group) == ["one"])
    }

    @Test func labelsWithoutAnyForegroundAreRefused() throws {
        for id in ["a", "b"] { try set.writeLabel("labelsTr/\(id).nii.gz", values: [0]) }
        let error = try #require(throws: DatasetError.self) { try set.scan() }
        #expect(error.description.contains("all voxels are 0"))
        // One case of many may well show nothing.
        try set.writeLabel("labelsTr/a.nii.gz")
        #expect(try set.scan().manifest.cases.map(\.foreground) == [8.0 / 210, 0])
    }
}
