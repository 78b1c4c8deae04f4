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

    @Test func theHashCoversWhatTheNetworkSees() {
        func hash(_ change: (inout [DatasetCase]) -> Void, channels: Int = 1) -> String {
            var cases = manifest.cases
            change(&cases)
            return DatasetManifest(layout: .imageMask, channels: channels, cases: cases).dataHash
        }
        let hashes = [
            hash { _ in }, hash({ _ in }, channels: 3), hash { $0[0].id = "c" }, hash { $0[0].group = "c" },
            hash { $0[0].imageSHA256 = $0[0].maskSHA256 }, hash { $0[0].maskSHA256 = $0[0].imageSHA256 },
            hash { $0.removeLast() },
        ]
        #expect(hashes[0] == manifest.dataHash)
        #expect(Set(hashes).count == hashes.count)
        // Where it lies and in what order does not matter.
        #expect(hash { $0.reverse() } == manifest.dataHash)
        #expect(hash { $0[0].image = "images/elsewhere.png" } == manifest.dataHash)
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
