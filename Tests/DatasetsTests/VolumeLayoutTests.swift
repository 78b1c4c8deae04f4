import Foundation
import Testing

@testable import Datasets

@Suite struct VolumeLayoutTests {
    private func refusal(_ set: VolumeSet, _ layout: DatasetLayout) throws -> String {
        try #require(throws: DatasetError.self) { try set.scan(layout) }.description
    }

    @Test func channelsOfTheDecathlonAreTheFourthDimension() throws {
        let set = try VolumeSet()
        let writer = NIfTIWriter(extent: [5, 6, 7], spacing: [1, 1, 1], channels: 4)
        try set.write(writer.file((0..<840).map { Float($0 % 97) }), to: "imagesTr/a.nii.gz")
        try set.writeLabel("labelsTr/a.nii.gz", spacing: [1, 1, 1])
        try set.describe(["a"], modality: #"{"0": "FLAIR", "1": "T1w", "2": "t1gd", "3": "T2w"}"#)
        let scan = try set.scan()
        #expect(scan.problems.isEmpty)
        #expect(scan.manifest.channels == 4 && scan.manifest.cases[0].images.count == 1)
        #expect(abs(scan.manifest.cases[0].zeros - 9.0 / 840) < 1e-9)
    }

    @Test func whatTheDecathlonsListLeavesOutIsNamed() throws {
        let set = try VolumeSet()
        for id in ["a", "b", "c", "d"] { try set.add(id) }
        try set.remove("labelsTr/c.nii.gz")
        try set.remove("imagesTr/d.nii.gz")
        try set.write("left behind", to: "imagesTr/notes.txt")
        try set.write("of a Mac", to: "imagesTr/._a.nii.gz")
        try set.describe(["a"])
        #expect(
            try set.problems() == [
                "imagesTr/b.nii.gz bad_listing", "imagesTr/c.nii.gz no_mask", "imagesTr/notes.txt unsupported_type",
                "labelsTr/b.nii.gz bad_listing", "labelsTr/d.nii.gz no_image",
            ])
    }

    @Test func entriesThatAreNoneAreNamed() throws {
        let set = try VolumeSet()
        try set.add("a")
        try set.write(
            #"""
            {"labels": {"background": 0, "organ": [1, 2]}, "training": [
              {"image": "imagesTr/a.nii.gz", "label": "labelsTr/a.nii.gz"},
              "imagesTr/b.nii.gz", {"image": "imagesTr/c.nii.gz"}, {"image": 1, "label": 2},
              {"image": "../outside/a.nii.gz", "label": "labelsTr/a.nii.gz"},
              {"image": "/etc/a.nii.gz", "label": "labelsTr/a.nii.gz"},
              {"image": "imagesTr/a.png", "label": "labelsTr/a.png"},
              {"image": "imagesTr/a\n.nii", "label": "labelsTr/a.nii.gz"},
              {"image": "imagesTr/../imagesTr/a.nii.gz", "label": "labelsTr/a.nii.gz"},
              {"image": "./imagesTr/a.nii.gz", "label": "./labelsTr/a.nii.gz"}]}
            """#, to: "dataset.json")
        let scan = try set.scan()
        #expect(scan.manifest.cases.map(\.id) == ["a"])
        #expect(scan.manifest.classes.map(\.values) == [[1, 2]])
        #expect(scan.problems.filter { $0.reason == .badListing }.count == 8)
        for number in 2...9 {
            #expect(scan.problems.contains { $0.detail.hasPrefix("entry \(number) of") })
        }
        #expect(scan.problems.filter { $0.reason == .duplicateStem }.map(\.file) == ["imagesTr/a.nii.gz"])
    }

    @Test(arguments: [
        ("", "cannot be understood"), ("[]", "cannot be understood"),
        ("{}", "has no \"training\" list or no \"labels\""),
        (#"{"training": [], "labels": {"0": "background"}}"#, "from 1 to 64 foreground classes"),
        (#"{"training": [], "labels": {"1": "a", "2": "a"}}"#, "the same name"),
        (#"{"training": [], "labels": {"300": "a"}}"#, "other than 0 to 255"),
        (#"{"training": [], "labels": {"a": [0, 1]}}"#, "from 1 to 255"),
        (#"{"training": [], "labels": {"a": [1, 1]}}"#, "each once"),
        (#"{"training": [], "labels": {"one": "a"}}"#, "has no number"),
        (#"{"training": [], "labels": {"1": 1.5}}"#, "cannot be understood: at labels/1"),
        (#"{"training": [], "labels": {"1": "\u0007"}}"#, "plain text"),
        (#"{"training": [], "labels": {"1": "a"}, "modality": {}}"#, "names 0 channels"),
        (#"{"training": {}, "labels": {"1": "a"}}"#, "cannot be understood: at training"),
        (#"{"training": [], "labels": {"1": "a"}}"#, "holds no cases"),
    ])
    func aDescriptionOfNoUseIsRefused(_ text: String, _ words: String) throws {
        let set = try VolumeSet()
        try set.write(text, to: "dataset.json")
        #expect(try refusal(set, .msd).contains(words))
    }

    @Test func aDeeplyNestedDescriptionIsRefused() throws {
        let set = try VolumeSet()
        try set.write(String(repeating: "[", count: 1_000_000), to: "dataset.json")
        #expect(try refusal(set, .msd).contains("cannot be understood"))
    }

    @Test func missingPiecesAreNamed() throws {
        let bare = try VolumeSet(folders: [])
        #expect(try refusal(bare, .msd).contains("needs dataset.json"))
        #expect(try refusal(bare, .nnunet).contains("needs the folders imagesTr/ and labelsTr/"))
        #expect(try refusal(bare, .brats).contains("holds no folders with volumes"))
        try bare.describe([])
        #expect(try refusal(bare, .msd).contains("missing: imagesTr, labelsTr; found: dataset.json"))
    }

    private func nnUNetSet(_ ids: [String], channels: Int = 2) throws -> VolumeSet {
        let set = try VolumeSet()
        for id in ids {
            for channel in 0..<channels {
                try set.writeImage("imagesTr/\(id)_000\(channel).nii.gz", add: Float(1 + channel))
            }
            try set.writeLabel("labelsTr/\(id).nii.gz")
        }
        return set
    }

    private func describeRegions(_ set: VolumeSet, ending: String = ".nii.gz", extra: String = "") throws {
        try set.write(
            #"""
            {"channel_names": {"0": "T1", "1": "T2"}, "file_ending": "\#(ending)", "numTraining": 2,
             "labels": {"background": 0, "core": [2], "whole": [1, 2], "ignore": 3}, "regions_class_order": [1, 2]\#(extra)}
            """#, to: "dataset.json")
    }

    @Test func nnUNetWithItsDescription() throws {
        let set = try nnUNetSet(["p_1", "p_2"])
        try describeRegions(set)
        let scan = try set.scan(.nnunet)
        #expect(scan.problems.isEmpty)
        #expect(scan.manifest.channels == 2 && scan.manifest.cases.map(\.id) == ["p_1", "p_2"])
        #expect(scan.manifest.cases[0].images.map(\.path) == ["imagesTr/p_1_0000.nii.gz", "imagesTr/p_1_0001.nii.gz"])
        #expect(scan.manifest.classes.map(\.name) == ["whole", "core"])
        #expect(scan.manifest.classes.overlap)
        // What is to be ignored would be trained on.
        try set.writeLabel("labelsTr/p_2.nii.gz", values: [1, 3])
        #expect(try set.problems(.nnunet) == ["labelsTr/p_2.nii.gz bad_labels"])
        try describeRegions(set, ending: ".png")
        #expect(try refusal(set, .nnunet).contains("file_ending .png"))
        try describeRegions(set, extra: #", "dataset": {"p_1": {}}"#)
        #expect(try refusal(set, .nnunet).contains("under \"dataset\""))
    }

    @Test func nnUNetWithoutItsDescription() throws {
        let set = try nnUNetSet(["a", "b"])
        try set.writeLabel("labelsTr/b.nii.gz", values: [1, 7])
        let scan = try set.scan(.nnunet)
        #expect(scan.problems.isEmpty && scan.manifest.channels == 2)
        #expect(scan.manifest.classes.map(\.values) == [[1], [2], [7]])
        #expect(scan.manifest.classes.map(\.name) == ["label 1", "label 2", "label 7"])
    }

    @Test func nnUNetsOddFilesAreNamed() throws {
        let set = try nnUNetSet(["a", "b", "c", "d", "e", "f"])
        try describeRegions(set)
        try set.remove("imagesTr/b_0001.nii.gz")
        try set.writeImage("imagesTr/c_0002.nii.gz")
        try set.remove("labelsTr/d.nii.gz")
        try set.remove("imagesTr/e_0000.nii.gz")
        try set.remove("imagesTr/e_0001.nii.gz")
        try set.writeImage("imagesTr/f_0001.nii.gz", extent: [5, 6, 8])
        for name in ["plain", "a_000", "_0000", "a_00x0"] { try set.writeImage("imagesTr/\(name).nii.gz") }
        #expect(
            try set.problems(.nnunet) == [
                "imagesTr/_0000.nii.gz bad_listing", "imagesTr/a_000.nii.gz bad_listing",
                "imagesTr/a_00x0.nii.gz bad_listing", "imagesTr/b_0000.nii.gz channel_mismatch",
                "imagesTr/c_0002.nii.gz channel_mismatch", "imagesTr/d_0000.nii.gz no_mask",
                "imagesTr/f_0001.nii.gz size_mismatch", "imagesTr/plain.nii.gz bad_listing",
                "labelsTr/e.nii.gz no_image",
            ])
        #expect(try set.scan(.nnunet).manifest.cases.map(\.id) == ["a"])
    }

    @Test func channelsThatLieApartAreNamed() throws {
        let set = try nnUNetSet(["a", "b"])
        try set.writeImage("imagesTr/b_0001.nii.gz", spacing: [3, 2, 1.2])
        #expect(try set.problems(.nnunet) == ["imagesTr/b_0001.nii.gz affine_mismatch"])
    }

    private func bratsSet(_ ids: [String]) throws -> VolumeSet {
        let set = try VolumeSet(folders: [])
        for id in ids {
            for part in BraTSLayout.sequences { try set.writeImage("\(id)/\(id)_\(part).nii.gz") }
            try set.writeLabel("\(id)/\(id)_seg.nii.gz", values: [2, 4])
        }
        return set
    }

    @Test func bratsWithItsRegions() throws {
        let set = try bratsSet(["BraTS20_Training_001", "BraTS20_Training_002"])
        try set.write("a,b", to: "name_mapping.csv")
        try set.write("free", to: "BraTS20_Training_001/LICENCE.txt")
        let scan = try set.scan(.brats)
        #expect(scan.problems.isEmpty)
        #expect(scan.manifest.channels == 4)
        #expect(scan.manifest.cases.map(\.id) == ["BraTS20_Training_001", "BraTS20_Training_002"])
        let files = scan.manifest.cases[0].images.map(\.path)
        #expect(
            files == ["flair", "t1", "t1ce", "t2"].map { "BraTS20_Training_001/BraTS20_Training_001_\($0).nii.gz" })
        #expect(scan.manifest.classes.map(\.name) == ["WT", "TC", "ET"])
        #expect(scan.manifest.classes.map(\.values) == [[1, 2, 4], [1, 4], [4]])
        #expect(scan.manifest.cases[0].foreground == 8.0 / 210)
    }

    @Test func bratsOddFilesAreNamed() throws {
        let set = try bratsSet(["p1", "p2", "p3", "p4", "p5"])
        // As one case of the 2020 set has it.
        try set.remove("p2/p2_seg.nii.gz")
        try set.writeLabel("p2/W39_1998.09.19_Segm.nii", values: [2, 4])
        try set.remove("p3/p3_t1.nii.gz")
        try set.writeImage("p4/second_t2.nii")
        try set.writeLabel("p5/p5_seg.nii.gz", values: [1, 3])
        try set.writeImage("stray.nii.gz")
        try set.write("nothing of ours", to: "p6/readme.txt")
        #expect(
            try set.problems(.brats) == [
                "p2 no_mask", "p2/W39_1998.09.19_Segm.nii bad_listing", "p3 no_image",
                "p4/second_t2.nii duplicate_stem",
                "p5/p5_seg.nii.gz bad_labels", "p6 no_image", "stray.nii.gz bad_listing",
            ])
        #expect(try set.scan(.brats).manifest.cases.map(\.id) == ["p1", "p4"])
    }

    @Test func bratsFoldersThatLeadOutAreNamed() throws {
        let set = try bratsSet(["p1"])
        try set.link("p2", to: set.outside)
        try set.link("p3", to: "p1")
        let scan = try set.scan(.brats)
        #expect(scan.problems.map { "\($0.file) \($0.reason.rawValue)" } == ["p2 outside_root"])
        #expect(scan.manifest.cases.map(\.id) == ["p1", "p3"])
    }

    @Test func threadsChangeNothing() throws {
        let set = try nnUNetSet((0..<7).map { "case\($0)" })
        let manifests = try [1, 4].map {
            try DatasetScanner(threads: $0).scan(root: set.root, layout: .nnunet).manifest
        }
        #expect(manifests[0] == manifests[1])
    }
}
