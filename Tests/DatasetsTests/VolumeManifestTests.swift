import Foundation
import Testing

@testable import Datasets

@Suite struct VolumeManifestTests {
    private let manifest: DatasetManifest

    init() throws {
        let set = try VolumeSet()
        for id in ["a", "b"] { try set.add(id) }
        try set.describe(["a", "b"])
        manifest = try set.scan().manifest
    }

    @Test func aManifestSurvivesItsJSON() throws {
        let back = try JSONDecoder().decode(DatasetManifest.self, from: try JSONEncoder().encode(manifest))
        #expect(back == manifest)
        let text = String(decoding: try JSONEncoder().encode(manifest), as: UTF8.self)
        #expect(text.contains("\"dimensions\":3") && text.contains("\"name\":\"front\""))
    }

    @Test func theHashCoversAllOfIt() throws {
        func hash(
            channels: Int = 1, classes: LabelClasses? = nil, layout: DatasetLayout = .msd,
            _ change: (inout [DatasetCase]) -> Void = { _ in }
        ) -> String {
            var cases = manifest.cases
            change(&cases)
            return DatasetManifest(
                layout: layout, channels: channels, classes: classes ?? manifest.classes, cases: cases
            ).dataHash
        }
        let hashes = [
            hash(), hash(channels: 2), hash(classes: .brats), hash(layout: .nnunet),
            hash(classes: try LabelClasses([.init(name: "front", values: [1]), .init(name: "back", values: [3])])),
            hash(classes: try LabelClasses([.init(name: "front", values: [1]), .init(name: "other", values: [2])])),
            hash { $0[0].id = "c" }, hash { $0[0].group = "c" }, hash { $0[0].images[0].sha256 = "0" },
            hash { $0[0].label.sha256 = "0" }, hash { $0[0].extent[2] = 9 }, hash { $0[0].spacing[0] = 9 },
            hash { $0[0].zeros = 0.5 }, hash { $0[0].images.append($0[0].images[0]) }, hash { $0.removeLast() },
        ]
        #expect(hashes[0] == manifest.dataHash)
        #expect(Set(hashes).count == hashes.count)
        // Where it lies and in what order does not matter.
        #expect(hash { $0.reverse() } == manifest.dataHash)
        #expect(hash { $0[0].images[0].path = "elsewhere.nii" } == manifest.dataHash)
    }

    /// Stored hashes must not change with the code.
    @Test func aKnownManifestHasTheKnownHash() throws {
        let file = DatasetFile(path: "x", sha256: String(repeating: "a", count: 64))
        let item = DatasetCase(
            id: "case 1", group: "patient 1", images: [file, file], label: file, extent: [3, 4, 5],
            spacing: [1, 0.5, 0.73], foreground: 0.1, zeros: 0.25)
        let known = DatasetManifest(layout: .brats, channels: 2, classes: .brats, cases: [item])
        #expect(known.dataHash == "ea3e1581f98b694b0362efb18814574ac43e94eef8a14c5efa841ec8c6baaf2f")
    }

    @Test(arguments: [
        ("\"channels\":1", "\"channels\":0"), ("\"channels\":1", "\"channels\":65"),
        ("\"dimensions\":3", "\"dimensions\":2"), ("\"id\":\"b\"", "\"id\":\"a\""), ("[5,6,7]", "[5,6]"),
        ("[5,6,7]", "[5,6,0]"), ("[5,6,7]", "[30000,30000,30000]"), ("[3,2,1]", "[3,2,-1]"), ("[3,2,1]", "[3,2]"),
        ("\"name\":\"front\"", "\"name\":\"back\""), ("\"values\":[1]", "\"values\":[256]"),
        ("\"data_hash\":\"", "\"data_hash\":\"0"), ("\"layout\":\"msd\"", "\"layout\":\"image-mask\""),
        ("\"zeros\":0", "\"zeros\":1"),
    ])
    func aManifestThatIsNotItsHashIsRefused(_ part: String, _ other: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let text = String(decoding: try encoder.encode(manifest), as: UTF8.self)
        let changed = text.replacing(part, with: other)
        #expect(changed != text)
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(DatasetManifest.self, from: Data(changed.utf8)) }
    }
}
