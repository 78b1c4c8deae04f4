import Foundation
import TestSupport
import Testing

/// Volumes as a user meets them: drawn, registered with what is wrong with them, shown.
@Suite struct VolumeSetTests {
    private struct Shown: Decodable {
        struct Class: Decodable {
            var name: String
            var values: [Int]
        }

        struct Spacing: Decodable {
            var smallest: [Double]
            var largest: [Double]
        }

        struct Problem: Decodable {
            var file: String
            var reason: String
        }

        var layout: String
        var dimensions: Int
        var channels: Int
        var classes: [Class]
        var smallest: [Int]
        var largest: [Int]
        var spacing: Spacing?
        var problems: [Problem]
    }

    @Test(.timeLimit(.minutes(2))) func volumesAreRegisteredAndShown() async throws {
        let folder = try TemporaryFolder()
        let server = try await ServerProcess(
            directory: folder.url.appending(path: "var"),
            options: ["--workers", "0", "--data-root", folder.url.path])
        func shown(_ name: String) throws -> Shown {
            let output = try Study.succeed(try server.command("dataset", "show", name, "--json")).output
            return try JSONDecoder().decode(Shown.self, from: Data(output.utf8))
        }
        let organs = folder.url.appending(path: "organs")
        try Study.succeed(
            try server.command("dataset", "synth", organs.path, "--dims", "3", "--count", "5", "--size", "16"))
        // One of them arrives incomplete.
        let file = organs.appending(path: "imagesTr/synth-0002.nii.gz")
        try Data(try Data(contentsOf: file).dropLast(100)).write(to: file)
        let refused = try server.command("dataset", "add", "organs", organs.path, "--layout", "msd")
        #expect(refused.status == 4)
        #expect(refused.errors.contains("imagesTr/synth-0002.nii.gz: is cut off within its compressed data"))
        try Study.succeed(
            try server.command("dataset", "add", "organs", organs.path, "--layout", "msd", "--exclude-bad"))
        let set = try shown("organs")
        #expect(set.layout == "msd" && set.dimensions == 3 && set.channels == 1)
        #expect(set.classes.map(\.name) == ["organ", "lesion"] && set.classes.map(\.values) == [[1], [2]])
        #expect(set.smallest.count == 3 && set.largest.count == 3)
        #expect(set.spacing?.smallest == [1, 1, 1] && set.spacing?.largest[0] ?? 0 > 1)
        #expect(set.problems.map(\.file) == ["imagesTr/synth-0002.nii.gz"] && set.problems[0].reason == "truncated")
        let text = try Study.succeed(try server.command("dataset", "show", "organs")).output
        #expect(text.contains("classes with their labels: organ (1), lesion (2)"))

        // The other layouts say what they need.
        for (layout, words) in [
            ("nnunet", "has no channel number"), ("brats", "is none of *_flair"),
            ("image-mask", "needs the folders images/"),
        ] {
            let refused = try server.command("dataset", "add", "other", organs.path, "--layout", layout)
            #expect(refused.status == 4 && refused.errors.contains(words), "\(layout): \(refused.errors)")
        }
        #expect(try server.command("dataset", "add", "other", organs.path, "--layout", "dicom").status == 4)

        let polyps = folder.url.appending(path: "polyps").path
        try Study.succeed(try server.command("dataset", "synth", polyps, "--count", "5", "--size", "16"))
        try Study.succeed(try server.command("dataset", "add", "polyps", polyps))
        let images = try shown("polyps")
        #expect(images.dimensions == 2 && images.spacing == nil && images.smallest.count == 2)
        #expect(images.classes.map(\.name) == ["foreground"])
    }
}
