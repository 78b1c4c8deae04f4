import Foundation
import Testing

@testable import Datasets

@Suite struct SyntheticDatasetTests {
    private func synthetic(_ difficulty: Double = 0.5, seed: UInt64 = 1) -> SyntheticDataset {
        SyntheticDataset(count: 3, height: 32, width: 40, difficulty: difficulty, seed: seed)
    }

    @Test func whatIsWrittenScansWithoutProblems() throws {
        let set = try TemporarySet()
        try synthetic().write(to: set.root)
        let scan = try set.scan()
        #expect(scan.problems.isEmpty)
        #expect(scan.manifest.cases.map(\.id) == ["synth-0000", "synth-0001", "synth-0002"])
        #expect(scan.manifest.channels == 3)
        for item in scan.manifest.cases {
            #expect(item.extent == [32, 40])
            #expect(item.foreground > 0.01 && item.foreground < 0.6)
        }
    }

    @Test func theSameSettingsGiveTheSameFilesAndAnotherSeedOthers() throws {
        let sets = [try TemporarySet(), try TemporarySet(), try TemporarySet()]
        for (set, seed) in zip(sets, [1, 1, 2] as [UInt64]) { try synthetic(seed: seed).write(to: set.root) }
        let hashes = try sets.map { try $0.scan().manifest.dataHash }
        #expect(hashes[0] == hashes[1])
        #expect(hashes[0] != hashes[2])
    }

    @Test func noImageIsDrawnTwiceAcrossNeighbouringSeeds() {
        let images = (0..<4).flatMap { seed in (0..<5).map { synthetic(seed: seed).draw($0).image.pixels } }
        #expect(Set(images).count == images.count)
    }

    @Test func moreImagesBeginWithTheFewerOnes() {
        var larger = synthetic()
        larger.count = 100
        #expect(larger.draw(2).image.pixels == synthetic().draw(2).image.pixels)
    }

    @Test func masksAreBlackAndWhite() {
        for index in 0..<10 { #expect(Set(synthetic().draw(index).mask.pixels) == [0, 255]) }
    }

    /// The more difficult, the less do polyp and mucosa differ in colour.
    @Test func contrastFallsWithDifficulty() {
        let contrasts = [0, 0.5, 1].map { difficulty in
            (0..<40).reduce(0.0) { sum, index in
                let (image, mask) = synthetic(difficulty, seed: 9).draw(index)
                var totals: [UInt8: (count: Double, sums: [Double])] = [0: (0, [0, 0, 0]), 255: (0, [0, 0, 0])]
                for (place, kind) in mask.pixels.enumerated() {
                    totals[kind]?.count += 1
                    for channel in 0..<3 { totals[kind]?.sums[channel] += Double(image.pixels[3 * place + channel]) }
                }
                guard let inside = totals[255], let outside = totals[0] else { return sum }
                return sum
                    + (0..<3).reduce(0) { $0 + abs(inside.sums[$1] / inside.count - outside.sums[$1] / outside.count) }
            }
        }
        #expect(contrasts[0] > 1.3 * contrasts[1])
        #expect(contrasts[1] > 1.3 * contrasts[2])
    }

    @Test func nothingIsDrawnOverWhatIsThere() throws {
        let set = try TemporarySet()
        try set.add("mine")
        let error = try #require(throws: DatasetError.self) { try synthetic().write(to: set.root) }
        guard case .io(_, _, let code) = error else { return #expect(Bool(false), "\(error)") }
        #expect(code == ENOTEMPTY)
        #expect(try set.scan().manifest.cases.map(\.id) == ["mine"])
    }

    @Test func whatTheSystemRefusesIsNamed() throws {
        let set = try TemporarySet()
        try set.write("a file", to: "occupied")
        let error = try #require(throws: DatasetError.self) { try synthetic().write(to: set.root + "/occupied") }
        guard case .io(_, _, let code) = error else { return #expect(Bool(false), "\(error)") }
        #expect(code == ENOTDIR)
    }
}
