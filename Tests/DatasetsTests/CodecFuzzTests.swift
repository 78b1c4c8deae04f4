import Foundation
import Testing

@testable import Datasets

/// Damaged files must be refused or decoded to what they declare; a crash would end the test run.
@Suite struct CodecFuzzTests {
    /// More by hand: `PLATEAU_FUZZ_CASES=5000 swift test --filter CodecFuzzTests`.
    private static let cases = ProcessInfo.processInfo.environment["PLATEAU_FUZZ_CASES"].flatMap { Int($0) } ?? 150

    private static var files: [(name: String, bytes: [UInt8])] {
        get throws {
            let image = SyntheticDataset(count: 1, height: 24, width: 31, seed: 3).draw(0).image
            let palette = HandmadePNG(
                width: 6, height: 2, depth: 4, colour: .palette, rows: [[0x01, 0x10, 0x01], [0x11, 0x00, 0x10]],
                extra: [("PLTE", [1, 2, 3, 4, 5, 6]), ("tRNS", [9])])
            let wide = HandmadePNG(width: 2, height: 1, depth: 16, colour: .rgba, rows: [(0..<16).map { UInt8($0) }])
            return [
                ("grey.jpg", SmallJPEG.grey), ("rgb.jpg", SmallJPEG.rgb), ("progressive.jpg", SmallJPEG.progressive),
                ("cmyk.jpg", SmallJPEG.cmyk), ("rgb.png", try image.encodedPNG()), ("palette.png", palette.bytes),
                ("rgba16.png", wide.bytes),
            ]
        }
    }

    @Test func everyTruncationIsRefused() throws {
        for (name, file) in try Self.files {
            // In steps for the larger ones; the last byte of a PNG belongs to a checksum, of a JPEG to its end marker.
            for count in stride(from: 0, to: file.count, by: max(1, file.count / 200)) {
                #expect(throws: FileFailure.self, "\(name), the first \(count) bytes") {
                    try DecodedImage(Array(file.prefix(count)), pixelLimit: 100_000)
                }
            }
        }
    }

    @Test func flippedBytesNeverGoOutOfBounds() throws {
        for (name, file) in try Self.files {
            var refused = 0
            for seed in 0..<UInt64(Self.cases) {
                var random = SplitMix(seed: seed)
                var damaged = file
                for _ in 0..<Int.random(in: 1...8, using: &random) {
                    damaged[Int.random(in: 0..<damaged.count, using: &random)] = UInt8.random(
                        in: 0...255, using: &random)
                }
                if seed % 3 == 0 { damaged.removeSubrange(Int.random(in: 0..<damaged.count, using: &random)...) }
                do {
                    let image = try DecodedImage(damaged, pixelLimit: 100_000)
                    #expect(image.pixels.count == image.width * image.height * image.channels, "\(name), seed \(seed)")
                    #expect(
                        image.width * image.height <= 100_000 && [1, 3].contains(image.channels),
                        "\(name), seed \(seed)")
                } catch {
                    refused += 1
                    #expect(!error.detail.isEmpty && error.detail.utf8.count < 400, "\(name), seed \(seed)")
                }
            }
            #expect(refused > Self.cases / 3, "\(name): hardly any damage was seen")
        }
    }

    /// As above, but the checksums of the PNG's chunks are mended, so that the damage reaches the decoder proper.
    @Test func wellFormedChunksOfNonsenseNeverGoOutOfBounds() throws {
        var decoded = 0
        for seed in 0..<UInt64(Self.cases) {
            var random = SplitMix(seed: ~seed)
            let colours: [HandmadePNG.Colour] = [.grey, .rgb, .palette, .greyAlpha, .rgba]
            let colour = colours[Int.random(in: 0..<5, using: &random)]
            func some(_ limit: Int) -> [UInt8] {
                (0..<Int.random(in: 0...limit, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
            }
            let file = HandmadePNG(
                width: .random(in: 0...40, using: &random), height: .random(in: 0...40, using: &random),
                depth: [1, 2, 4, 8, 16, 8, 8, 3][Int.random(in: 0..<8, using: &random)], colour: colour,
                rows: [some(12_000)], extra: [("PLTE", some(768)), ("tRNS", some(256)), ("gAMA", some(8))])
            if let image = try? DecodedImage(file.bytes, pixelLimit: 100_000) {
                decoded += 1
                #expect(image.pixels.count == image.width * image.height * image.channels, "seed \(seed)")
            }
        }
        #expect(decoded > 0)
    }
}
