import Foundation
import Testing

@testable import Datasets

@Suite struct PackedDatasetTests {
    private func open(_ set: TemporarySet, height: Int = 8, width: Int = 8) throws -> PackedDataset {
        try PackedDataset(
            manifest: try set.scan().manifest, root: set.root, height: height, width: width, cacheDirectory: set.cache)
    }

    @Test func atFullSizeEveryValueIsThePixels() throws {
        let set = try TemporarySet()
        let colour = { (x: Int, y: Int) in [UInt8(x * 30), UInt8(y * 30), UInt8(x * y)] }
        try set.add("b")
        try set.write(try TemporarySet.png(width: 8, height: 8, pixel: colour), to: "images/b.png")
        // Grey among colours: all three channels are it.
        try set.add("a", value: 77)
        let data = try open(set)
        #expect(data.channels == 3 && data.height == 8 && data.width == 8)
        let batch = try data.batch(["b", "a", "b"])
        var images: [Float] = []
        for id in ["b", "a", "b"] {
            for channel in 0..<3 {
                for y in 0..<8 {
                    for x in 0..<8 {
                        images.append((Float(id == "a" ? 77 : colour(x, y)[channel]) / 255 - 0.5) / 0.25)
                    }
                }
            }
        }
        #expect(batch.images == images)
        #expect(batch.masks == (0..<3 * 64).map { Float($0 % 8 < 4 ? 0 : 1) })
        #expect(try data.batch([]).images.isEmpty)
    }

    @Test func shrunkValuesAreTheResampledOnes() throws {
        let set = try TemporarySet()
        let pixel = { (x: Int, y: Int) in UInt8(truncatingIfNeeded: x * x * 7 + y * 13) }
        try set.add("a", width: 11, height: 7)
        try set.write(try TemporarySet.png(width: 11, height: 7) { [pixel($0, $1)] }, to: "images/a.png")
        let data = try open(set, height: 3, width: 4)
        #expect(data.channels == 1)
        // Directly, in two dimensions at once and in double precision.
        func weights(_ from: Int, _ to: Int, _ place: Int) -> [Double] {
            let scale = Double(from) / Double(to)
            let raw = (0..<from).map {
                max(0, 1 - abs(Double($0) + 0.5 - (Double(place) + 0.5) * scale) / max(1, scale))
            }
            return raw.map { $0 / raw.reduce(0, +) }
        }
        let batch = try data.batch(["a"])
        for y in 0..<3 {
            for x in 0..<4 {
                var (value, share) = (0.0, 0.0)
                for (row, down) in weights(7, 3, y).enumerated() {
                    for (column, across) in weights(11, 4, x).enumerated() {
                        value += down * across * Double(pixel(column, row))
                        share += down * across * (2 * column < 11 ? 0 : 1)
                    }
                }
                let stored = Double(batch.images[y * 4 + x]) * 0.25 + 0.5
                #expect(abs(stored * 255 - value) <= 0.501)
                #expect(batch.masks[y * 4 + x] == (share >= 0.5 ? 1 : 0))
            }
        }
    }

    @Test func masksAreThresholdedAtHalfBeforeAndAfterResizing() throws {
        let set = try TemporarySet()
        try set.add("a", width: 6, height: 1)
        let mask: [UInt8] = [0, 127, 128, 255, 255, 255]
        try set.write(try TemporarySet.png(width: 6, height: 1) { x, _ in [mask[x]] }, to: "masks/a.png")
        #expect(try open(set, height: 1, width: 6).batch(["a"]).masks == [0, 0, 1, 1, 1, 1])
        // Half of one pixel: it counts as foreground.
        try set.write(try TemporarySet.png(width: 6, height: 1) { x, _ in [x < 3 ? 0 : 200] }, to: "masks/a.png")
        #expect(try open(set, height: 1, width: 1).batch(["a"]).masks == [1])
        try set.write(try TemporarySet.png(width: 6, height: 1) { x, _ in [x < 4 ? 0 : 255] }, to: "masks/a.png")
        #expect(try open(set, height: 1, width: 1).batch(["a"]).masks == [0])
    }

    @Test func anUnknownCaseIsAnError() throws {
        let set = try TemporarySet()
        try set.add("a")
        let data = try open(set)
        #expect(throws: DatasetError.self) { try data.batch(["a", "z"]) }
    }

    @Test func aChangedSourceIsRefused() throws {
        let set = try TemporarySet()
        for stem in ["a", "b"] { try set.add(stem) }
        let manifest = try set.scan().manifest
        func refusal() throws -> String {
            let error = try #require(throws: DatasetError.self) {
                try PackedDataset(manifest: manifest, root: set.root, height: 4, width: 4, cacheDirectory: set.cache)
            }
            guard case .changed(let detail) = error else { return "\(error) is of another kind" }
            return detail
        }
        try set.add("b", value: 51)
        #expect(try refusal().hasSuffix("images/b.png has changed since it was registered: register the data set anew"))
        try set.remove("images/b.png")
        #expect(try refusal().contains("images/b.png is gone"))
        try set.link("images/b.png", to: set.outside + "/b.png")
        try Data(try TemporarySet.png(width: 8, height: 8) { _, _ in [50] }).write(
            to: URL(filePath: set.outside + "/b.png"))
        // The very bytes, yet somebody else's file.
        #expect(try refusal().contains("leads out"))
        try FileManager.default.removeItem(atPath: set.root)
        #expect(try refusal().contains("is gone"))
        // Nothing half-made stays behind.
        let left = try FileManager.default.contentsOfDirectory(atPath: set.cache)
        #expect(left.allSatisfy { $0.hasSuffix(".lock") })
    }

    @Test func onceThePackedFileIsThereTheSourceIsNotNeeded() throws {
        let set = try TemporarySet()
        try set.add("a")
        let manifest = try set.scan().manifest
        let before = try open(set).batch(["a"])
        try FileManager.default.removeItem(atPath: set.root)
        let data = try PackedDataset(manifest: manifest, root: set.root, height: 8, width: 8, cacheDirectory: set.cache)
        let after = try data.batch(["a"])
        #expect(after.images == before.images && after.masks == before.masks)
    }

    @Test func theRootMayBeReachedThroughALink() throws {
        let set = try TemporarySet()
        try set.add("a")
        let manifest = try set.scan().manifest
        try FileManager.default.createSymbolicLink(atPath: set.outside + "/alias", withDestinationPath: set.root)
        let data = try PackedDataset(
            manifest: manifest, root: set.outside + "/alias", height: 8, width: 8, cacheDirectory: set.cache)
        #expect(try data.batch(["a"]).masks.reduce(0, +) == 32)
    }
}
