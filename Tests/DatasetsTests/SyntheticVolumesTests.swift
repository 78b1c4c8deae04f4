import Foundation
import Testing

@testable import Datasets

@Suite struct SyntheticVolumesTests {
    private func write(_ count: Int = 6, size: Int = 20, difficulty: Double = 0.5, seed: UInt64 = 1) throws -> VolumeSet
    {
        let set = try VolumeSet()
        try SyntheticVolumes(count: count, size: size, difficulty: difficulty, seed: seed).write(to: set.root)
        return set
    }

    @Test func whatIsWrittenScansWithoutProblems() throws {
        let scan = try write().scan()
        #expect(scan.problems.isEmpty)
        #expect(scan.manifest.cases.map(\.id) == (0..<6).map { "synth-000\($0)" })
        #expect(scan.manifest.classes.map(\.name) == ["organ", "lesion"])
        let sides = scan.manifest.cases.flatMap(\.extent)
        #expect(sides.allSatisfy { $0 % 2 == 1 && (15...25).contains($0) })
        #expect(Set(sides).count > 2)
        #expect(Set(scan.manifest.cases.map(\.spacing)).count > 1)
        #expect(scan.manifest.cases.allSatisfy { $0.foreground > 0.01 && $0.foreground < 0.2 })
    }

    @Test func everyVolumeHasBothClassesAndTheyCanBeTold() throws {
        let set = try write(12)
        let data = try PackedVolumes(manifest: try set.scan().manifest, root: set.root, cacheDirectory: set.cache)
        for index in 0..<12 {
            let id = "synth-00" + (index < 10 ? "0\(index)" : "\(index)")
            let (image, labels) = try data.patch(of: id, origin: [0, 0, 0], size: try data.extent(of: id))
            let means = (0..<3 as Range<UInt8>).map { label in
                let values = zip(image, labels).filter { $0.1 == label }.map(\.0)
                return values.reduce(0, +) / Float(values.count)
            }
            // Of no voxels the mean would be NaN.
            #expect(means[0] + 0.3 < means[1] && means[1] + 0.3 < means[2], "\(id): \(means)")
        }
    }

    @Test func theSameSettingsGiveTheSameFilesAndAnotherSeedOthers() throws {
        let hashes = try [1, 1, 2].map { try write(3, seed: $0).scan().manifest.dataHash }
        #expect(hashes[0] == hashes[1] && hashes[0] != hashes[2])
    }

    @Test func moreVolumesBeginWithTheFewerOnesAndNoneIsDrawnTwice() {
        let few = SyntheticVolumes(count: 2, size: 16, seed: 3)
        var many = few
        many.count = 1000
        #expect(many.draw(1).image == few.draw(1).image)
        let images = (0..<3 as Range<UInt64>).flatMap { seed in
            (0..<4).map { SyntheticVolumes(count: 4, size: 16, seed: seed).draw($0).image }
        }
        #expect(Set(images).count == 12)
    }

    /// The more difficult, the less do organ and body differ, measured in deviations of the body.
    @Test func contrastFallsWithDifficulty() throws {
        let contrasts = try [0, 0.5, 1].map { difficulty in
            try (0..<5).reduce(0.0) { sum, index in
                let (image, labels) = SyntheticVolumes(count: 5, size: 20, difficulty: difficulty, seed: 4).draw(index)
                let values = try NIfTIFile(image, valueLimit: 1 << 20).values()
                let marks = try NIfTIFile(labels, valueLimit: 1 << 20).values()
                let body = zip(values, marks).filter { $0.1 == 0 }.map { Double($0.0) }
                let organ = zip(values, marks).filter { $0.1 == 1 }.map { Double($0.0) }
                let mean = body.reduce(0, +) / Double(body.count)
                let deviation = (body.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(body.count)).squareRoot()
                return sum + (organ.reduce(0, +) / Double(organ.count) - mean) / deviation
            }
        }
        #expect(contrasts[0] > 1.5 * contrasts[1] && contrasts[1] > 1.5 * contrasts[2])
    }

    @Test func nothingIsDrawnOverWhatIsThere() throws {
        let set = try write(1)
        let error = try #require(throws: DatasetError.self) {
            try SyntheticVolumes(count: 1, size: 16).write(to: set.root)
        }
        guard case .io(_, _, let code) = error else { return #expect(Bool(false), "\(error)") }
        #expect(code == ENOTEMPTY)
    }
}
