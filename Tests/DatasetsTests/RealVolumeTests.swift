import Foundation
import TestSupport
import Testing

@testable import Datasets

/// Real data sets, never part of the project: `../shared/data` beside it.
@Suite struct RealVolumeTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../../shared/data").standardizedFileURL.path
    private static let hippocampus = folder + "/msd-hippocampus"
    private static let quirks = folder + "/msd-hippocampus-quirks"
    private static let brats = folder + "/brats2015"
    private static func isPresent(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    @Test(
        .enabled(
            if: isPresent(hippocampus),
            "the hippocampus set is not at ../shared/data/msd-hippocampus beside the project"))
    func theHippocampusSetScansWithoutProblems() throws {
        let scan = try DatasetScanner().scan(root: try DataRoots([]).resolve(Self.hippocampus), layout: .msd)
        #expect(scan.problems.isEmpty)
        let manifest = scan.manifest
        #expect(manifest.cases.count == 168 && manifest.channels == 1 && manifest.dimensions == 3)
        #expect(manifest.classes.map(\.name) == ["Anterior", "Posterior"])
        #expect(manifest.cases.allSatisfy { $0.spacing == [1, 1, 1] && $0.zeros < 0.001 })
        let shares = manifest.cases.map(\.foreground).sorted()
        #expect(shares[0] > 0.02 && shares[167] < 0.12)
        let sizes = (0..<3).map { axis in manifest.cases.map { $0.extent[axis] } }
        #expect(sizes.allSatisfy { ($0.min() ?? 0) > 20 && ($0.max() ?? 0) < 70 })
        // The split, which is fixed for good once a study has it.
        let split = try DatasetSplit(cases: manifest.cases, fractions: .init(), seed: 0)
        #expect(split.train.count == 117)
        #expect(split.validation.count == 17)
        #expect(split.test.count == 34)
    }

    @Test(
        .enabled(
            if: isPresent(hippocampus),
            "the hippocampus set is not at ../shared/data/msd-hippocampus beside the project"))
    func theHippocampusSetPacks() throws {
        let cache = try TemporaryFolder()
        let root = try DataRoots([]).resolve(Self.hippocampus)
        let manifest = try DatasetScanner().scan(root: root, layout: .msd).manifest
        let data = try PackedVolumes(manifest: manifest, root: root, cacheDirectory: cache.url.path)
        // Among them volumes of bytes and of floats up to 1.7 million.
        for item in manifest.cases.enumerated().filter({ $0.offset % 12 == 0 }).map(\.element) {
            #expect(try data.extent(of: item.id) == item.extent)
            let (image, labels) = try data.patch(of: item.id, origin: [0, 0, 0], size: item.extent)
            let mean = image.reduce(0.0) { $0 + Double($1) } / Double(image.count)
            let variance = image.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / Double(image.count)
            #expect(abs(mean) < 0.01 && abs(variance - 1) < 0.02, "\(item.id)")
            let foreground = labels.reduce(0) { $0 + ($1 > 0 ? 1 : 0) }
            #expect(Double(foreground) / Double(labels.count) == item.foreground)
            for classIndex in 0..<2 {
                let voxels = try data.foregroundVoxels(of: item.id, classIndex: classIndex)
                #expect(voxels.total > 100 && voxels.count == voxels.total)
                let (z, y, x) = (voxels[7][0], voxels[7][1], voxels[7][2])
                #expect(labels[(z * item.extent[1] + y) * item.extent[2] + x] == UInt8(classIndex + 1))
            }
        }
    }

    /// The set with files that really lay in it: an image without a label, and labels without images, one of them of
    /// another organ.
    @Test(.enabled(if: isPresent(quirks), "the malformed cases are not at ../shared/data/msd-hippocampus-quirks"))
    func theMalformedCasesAreNamed() throws {
        let temporary = try TemporaryFolder()
        let root = temporary.url.path + "/set"
        let files = FileManager.default
        try files.copyItem(atPath: Self.hippocampus, toPath: root)
        for (from, to) in [("images_without_label", "imagesTr"), ("labels_without_image", "labelsTr")] {
            for name in try files.contentsOfDirectory(atPath: "\(Self.quirks)/\(from)") {
                try files.copyItem(atPath: "\(Self.quirks)/\(from)/\(name)", toPath: "\(root)/\(to)/\(name)")
            }
        }
        func problems() throws -> [String] {
            let scan = try DatasetScanner().scan(root: try DataRoots([]).resolve(root), layout: .msd)
            #expect(scan.manifest.cases.count == 168)
            return scan.problems.map { "\($0.file) \($0.reason.rawValue)" }
        }
        let unpaired = [
            "imagesTr/hippocampus_118.nii.gz no_mask", "labelsTr/hippocampus_010.nii.gz no_image",
            "labelsTr/hippocampus_281.nii.gz no_image",
        ]
        #expect(try problems() == unpaired)
        // Listed as they were when the set was published.
        let list = root + "/dataset.json"
        let text = try String(contentsOfFile: list, encoding: .utf8)
        let entries = ["118", "010", "281"].map { number in
            let name = "hippocampus_\(number).nii.gz"
            return #"{"image": "./imagesTr/\#(name)", "label": "./labelsTr/\#(name)"}, "#
        }
        let listed = text.replacing(/"training":\s*\[/) { $0.output + entries.joined() }
        #expect(listed != text)
        try listed.write(toFile: list, atomically: true, encoding: .utf8)
        #expect(try problems() == unpaired)
        // With an image, the other organ's label is seen to be one.
        try files.copyItem(
            atPath: root + "/imagesTr/hippocampus_001.nii.gz", toPath: root + "/imagesTr/hippocampus_281.nii.gz")
        #expect(try problems() == Array(unpaired[..<2]) + ["labelsTr/hippocampus_281.nii.gz size_mismatch"])
    }

    /// Two tumours of an older year, with two of the four sequences, put where BraTS 2020 has them.
    @Test(.enabled(if: isPresent(brats), "the tumours are not at ../shared/data/brats2015"))
    func tumoursInTheLayoutOfBraTS() throws {
        let temporary = try TemporaryFolder()
        let root = try #require(DataRoots.canonical(temporary.url.path))
        let files = FileManager.default
        for (number, name) in try files.contentsOfDirectory(atPath: Self.brats).sorted().enumerated() {
            let id = "BraTS20_Training_00\(number + 1)"
            try files.createDirectory(atPath: "\(root)/\(id)", withIntermediateDirectories: true)
            for (part, source) in [("flair", "Flair"), ("t1", "Flair"), ("t1ce", "T1c"), ("t2", "T1c")] {
                try files.copyItem(
                    atPath: "\(Self.brats)/\(name)/\(source)_subtrMeanDivStd.nii.gz",
                    toPath: "\(root)/\(id)/\(id)_\(part).nii.gz")
            }
            try files.copyItem(
                atPath: "\(Self.brats)/\(name)/OTMultiClass.nii.gz", toPath: "\(root)/\(id)/\(id)_seg.nii.gz")
        }
        // Of that year the label 3 is necrosis, which 2020 counts as 1.
        let scan = try DatasetScanner().scan(root: root, layout: .brats)
        #expect(scan.manifest.cases.isEmpty && scan.problems.map(\.reason) == [.badLabels, .badLabels])
        #expect(scan.problems.allSatisfy { $0.detail.hasPrefix("holds the labels 3,") })
        for id in ["BraTS20_Training_001", "BraTS20_Training_002"] {
            let path = "\(root)/\(id)/\(id)_seg.nii.gz"
            let label = try NIfTIFile(Array(try Data(contentsOf: URL(filePath: path))), valueLimit: 1 << 24)
            let values = try label.values().map { $0 == 3 ? 1 : $0 }
            // Under its own header, with the place that this gives.
            let header = try UnpackedBytes(Array(try Data(contentsOf: URL(filePath: path)))).read(352)
            try Data(Gzip.packed(header + values.withUnsafeBytes { Array($0) })).write(to: URL(filePath: path))
        }
        let mended = try DatasetScanner().scan(root: root, layout: .brats)
        #expect(mended.problems.isEmpty)
        #expect(mended.manifest.cases.map(\.extent) == [[155, 240, 240], [155, 240, 240]])
        #expect(mended.manifest.cases.allSatisfy { $0.zeros == 0 && $0.foreground > 0.005 && $0.foreground < 0.05 })
    }
}
