import Foundation
import Testing

@testable import Datasets

@Suite struct ManifestTests {
    private let manifest: DatasetManifest

    init() throws {
        let set = try TemporarySet()
        for stem in ["a", "b"] { try set.add(stem) }
        manifest = try set.scan().manifest
    }

    @Test func aManifestSurvivesItsJSON() throws {
        let back = try JSONDecoder().decode(DatasetManifest.self, from: try JSONEncoder().encode(manifest))
        #expect(back == manifest)
    }

    /// As it lies in databases since before there were volumes: its hash must stay what it is.
    @Test func aStoredManifestInTwoDimensionsKeepsItsHashAndItsForm() throws {
        let text = """
            {"cases":[{"foreground":0.25,"group":"video 7","height":480,"id":"polyp-1","image":"images\\/polyp-1.jpg",\
            "image_sha256":"\(String(repeating: "a", count: 64))","mask":"masks\\/polyp-1.png",\
            "mask_sha256":"\(String(repeating: "b", count: 64))","width":640}],"channels":3,\
            "data_hash":"cb788920e90aa0859d6122abade118907c658ae2ab896f5261da48b989533b40","dimensions":2,\
            "layout":"image-mask"}
            """
        let back = try JSONDecoder().decode(DatasetManifest.self, from: Data(text.utf8))
        #expect(back.classes == .mask && back.cases[0].extent == [480, 640])
        #expect(back.cases[0].images[0].path == "images/polyp-1.jpg" && back.cases[0].label.path == "masks/polyp-1.png")
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        #expect(String(decoding: try encoder.encode(back), as: UTF8.self) == text)
    }

    @Test func theHashCoversWhatTheNetworkSees() {
        func hash(_ change: (inout [DatasetCase]) -> Void, channels: Int = 1) -> String {
            var cases = manifest.cases
            change(&cases)
            return DatasetManifest(layout: .imageMask, channels: channels, cases: cases).dataHash
        }
        let hashes = [
            hash { _ in }, hash({ _ in }, channels: 3), hash { $0[0].id = "c" }, hash { $0[0].group = "c" },
            hash { $0[0].images[0].sha256 = $0[0].label.sha256 }, hash { $0[0].label.sha256 = $0[0].images[0].sha256 },
            hash { $0.removeLast() },
        ]
        #expect(hashes[0] == manifest.dataHash)
        #expect(Set(hashes).count == hashes.count)
        // Where it lies and in what order does not matter.
        #expect(hash { $0.reverse() } == manifest.dataHash)
        #expect(hash { $0[0].images[0].path = "images/elsewhere.png" } == manifest.dataHash)
    }

    @Test(arguments: [
        ("\"channels\":1", "\"channels\":2"), ("\"dimensions\":2", "\"dimensions\":3"),
        ("\"id\":\"b\"", "\"id\":\"a\""),
        ("\"group\":\"b\"", "\"group\":\"a\""), ("\"data_hash\":\"", "\"data_hash\":\"0"),
        ("\"data_hash\":\"", "\"data_hash\":\"..\\/..\\/"), ("image-mask", "nifti"),
    ])
    func aManifestThatIsNotItsHashIsRefused(_ part: String, _ other: String) throws {
        let text = String(decoding: try JSONEncoder().encode(manifest), as: UTF8.self)
        let changed = text.replacing(part, with: other)
        #expect(changed != text)
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(DatasetManifest.self, from: Data(changed.utf8)) }
    }
}
