import Testing

@testable import Datasets

@Suite struct CodecTests {
    private func decoded(_ bytes: [UInt8], pixelLimit: Int = 1_000_000) throws -> DecodedImage {
        try DecodedImage(bytes, pixelLimit: pixelLimit)
    }

    private func failure(_ bytes: [UInt8], pixelLimit: Int = 1_000_000) throws -> FileFailure {
        try #require(throws: FileFailure.self) { try DecodedImage(bytes, pixelLimit: pixelLimit) }
    }

    @Test func aWrittenPNGIsReadBackByteForByte() throws {
        for channels in [1, 3] {
            let pixels = (0..<7 * 5 * channels).map { UInt8(truncatingIfNeeded: $0 * 37) }
            let image = DecodedImage(width: 7, height: 5, channels: channels, pixels: pixels)
            let back = try decoded(try image.encodedPNG())
            #expect([back.width, back.height, back.channels] == [7, 5, channels])
            #expect(back.pixels == pixels)
        }
    }

    @Test func greyJPEGKeepsItsValues() throws {
        let image = try decoded(SmallJPEG.grey)
        #expect([image.width, image.height, image.channels] == [16, 16, 1])
        #expect(image.pixels == (0..<256).map { UInt8($0 % 16 < 8 ? 40 : 200) })
    }

    @Test func colourJPEGBecomesRGB() throws {
        let image = try decoded(SmallJPEG.rgb)
        #expect([image.width, image.height, image.channels] == [16, 16, 3])
        for (index, value) in image.pixels.enumerated() { #expect(abs(Int(value) - [200, 50, 100][index % 3]) <= 1) }
    }

    @Test func progressiveJPEGIsReadToItsLastScan() throws {
        let image = try decoded(SmallJPEG.progressive)
        for (index, value) in image.pixels.enumerated() {
            #expect(abs(Int(value) - (10 * (index % 16) + 5 * (index / 16))) <= 2)
        }
    }

    @Test func thousandsOfScansAreRefused() throws {
        let file = SmallJPEG.progressive
        // The last scan, from its start marker to the end of the image, again and again: allowed by the format.
        let start = try #require((0..<file.count - 1).last { file[$0] == 0xff && file[$0 + 1] == 0xda })
        let scan = file[start..<file.count - 2]
        func repeated(_ count: Int) -> [UInt8] {
            Array(file[..<(file.count - 2)]) + (0..<count).flatMap { _ in scan } + [0xff, 0xd9]
        }
        #expect(try decoded(repeated(20)).pixels == decoded(file).pixels)
        let failure = try failure(repeated(5000))
        #expect(failure.reason == .undecodable)
        #expect(failure.detail.contains("100 scans"))
    }

    /// Their coefficients take twice the memory of the pixels.
    @Test func imagesInSeveralScansCountThreeTimes() throws {
        #expect(try decoded(SmallJPEG.progressive, pixelLimit: 3 * 256).pixels.count == 256)
        let small = try failure(SmallJPEG.progressive, pixelLimit: 3 * 256 - 1)
        #expect(small.reason == .tooLarge && small.detail.contains("16x16 pixels in several scans"))
        // A few hundred bytes that would have libjpeg set up 200 MB beside the pixels.
        var bomb = SmallJPEG.progressive
        let frame = try #require((0..<bomb.count - 1).first { bomb[$0] == 0xff && bomb[$0 + 1] == 0xc2 })
        bomb.replaceSubrange(frame + 5..<frame + 9, with: [0x27, 0x10, 0x27, 0x10])
        #expect(try failure(bomb, pixelLimit: 100_000_000).reason == .tooLarge)
    }

    /// A zlib stream that goes on after the last row: no more of it is unpacked than a few megabytes.
    @Test func moreImageDataThanDeclaredIsRefused() throws {
        var file = HandmadePNG(width: 16, height: 2, colour: .grey)
        let rows = [UInt8](repeating: 0, count: 2 * 17)
        file.imageData = [HandmadePNG.zeros(rows.count)]
        #expect(try decoded(file.bytes).pixels == [UInt8](repeating: 0, count: 32))
        // In one chunk or in many.
        let bomb = HandmadePNG.zeros(64 << 20)
        #expect(bomb.count < 450_000)
        for (part, isInterlaced) in [(bomb.count, false), (1000, false), (1000, true)] {
            file.isInterlaced = isInterlaced
            file.imageData = stride(from: 0, to: bomb.count, by: part).map {
                Array(bomb[$0..<min(bomb.count, $0 + part)])
            }
            let failure = try failure(file.bytes)
            #expect(failure.reason == .undecodable)
            #expect(failure.detail.contains("more image data than its size has room for"))
        }
        // Twice the rows in a stream of a few bytes is what libpng passes over.
        file.imageData = [HandmadePNG.zeros(2 * rows.count)]
        for isInterlaced in [false, true] {
            file.isInterlaced = isInterlaced
            #expect(try decoded(file.bytes).pixels == [UInt8](repeating: 0, count: 32))
        }
    }

    @Test func cmykIsRefusedWithAdvice() throws {
        let failure = try failure(SmallJPEG.cmyk)
        #expect(failure.reason == .unsupportedType)
        #expect(failure.detail.contains("RGB or grey"))
    }

    @Test func sixteenBitsAreScaledToEight() throws {
        let file = HandmadePNG(
            width: 4, height: 1, depth: 16, colour: .grey, rows: [[0, 0, 0x7f, 0xff, 0x80, 0x80, 0xff, 0xff]])
        let image = try decoded(file.bytes)
        #expect(image.channels == 1)
        #expect(image.pixels == [0, 127, 128, 255])
    }

    @Test func oneBitBecomesBlackAndWhite() throws {
        let image = try decoded(HandmadePNG(width: 5, height: 1, depth: 1, colour: .grey, rows: [[0b1010_1000]]).bytes)
        #expect(image.pixels == [255, 0, 255, 0, 255])
    }

    @Test func palettesAreExpandedAndTheirTransparencyDropped() throws {
        let file = HandmadePNG(
            width: 3, height: 1, colour: .palette, rows: [[1, 0, 1]],
            extra: [("PLTE", [1, 2, 3, 200, 100, 50]), ("tRNS", [0, 128])])
        let image = try decoded(file.bytes)
        #expect(image.channels == 3)
        #expect(image.pixels == [200, 100, 50, 1, 2, 3, 200, 100, 50])
    }

    @Test func paletteIndicesBeyondThePaletteAreSafe() throws {
        let file = HandmadePNG(
            width: 4, height: 1, colour: .palette, rows: [[0, 1, 200, 255]], extra: [("PLTE", [9, 9, 9, 8, 8, 8])])
        #expect(Array(try decoded(file.bytes).pixels.prefix(6)) == [9, 9, 9, 8, 8, 8])
    }

    @Test func alphaIsDropped() throws {
        let grey = try decoded(HandmadePNG(width: 2, height: 1, colour: .greyAlpha, rows: [[10, 0, 20, 255]]).bytes)
        #expect(grey.channels == 1 && grey.pixels == [10, 20])
        let colour = try decoded(
            HandmadePNG(width: 1, height: 2, colour: .rgba, rows: [[1, 2, 3, 0], [4, 5, 6, 9]]).bytes)
        #expect(colour.channels == 3 && colour.pixels == [1, 2, 3, 4, 5, 6])
    }

    @Test func aHugeDeclaredSizeIsRefusedBeforeAnythingIsDecoded() throws {
        // No row follows: were any of it decoded, the file would be undecodable rather than too large.
        for side in [UInt32(100_001), 1_000_000] {
            let png = HandmadePNG(width: side, height: 1_000_000, colour: .rgba).bytes
            #expect(try failure(png, pixelLimit: 100_000_000).reason == .tooLarge)
        }
        // Beyond what libpng takes at all.
        let beyond = HandmadePNG(width: .max, height: .max, colour: .rgba).bytes
        #expect(try failure(beyond, pixelLimit: 100_000_000).reason == .undecodable)
        // A JPEG whose frame header says 65000×65000.
        var jpeg = SmallJPEG.grey
        let frame = try #require((0..<jpeg.count - 1).first { jpeg[$0] == 0xff && jpeg[$0 + 1] == 0xc0 })
        jpeg.replaceSubrange(frame + 5..<frame + 9, with: [0xfd, 0xe8, 0xfd, 0xe8])
        let failure = try failure(jpeg, pixelLimit: 100_000_000)
        #expect(failure.reason == .tooLarge)
        #expect(failure.detail.contains("65000x65000"))
    }

    @Test func thePixelLimitItselfIsAllowed() throws {
        #expect(try decoded(SmallJPEG.grey, pixelLimit: 256).pixels.count == 256)
        #expect(try failure(SmallJPEG.grey, pixelLimit: 255).reason == .tooLarge)
    }

    @Test func missingRowsAndMissingEndsAreErrors() throws {
        let short = HandmadePNG(width: 2, height: 3, colour: .grey, rows: [[1, 2], [3, 4]])
        #expect(try failure(short.bytes).reason == .undecodable)
        for file in [SmallJPEG.grey, SmallJPEG.rgb, SmallJPEG.progressive] {
            #expect(try failure(Array(file.dropLast(12))).reason == .undecodable)
        }
        #expect(try failure([]).detail == "is empty")
        #expect(try failure(Array("GIF89a".utf8)).detail == "is neither a JPEG nor a PNG file")
    }

    @Test func greyIsWeightedAsBT601() {
        let image = DecodedImage(
            width: 4, height: 1, channels: 3, pixels: [255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255])
        #expect(image.grey == [76, 150, 29, 255])
    }
}
