import Testing

@testable import Datasets

@Suite struct ResamplerTests {
    private func row(_ pixels: [UInt8], to width: Int) -> [Float] {
        Resampler(height: 1, width: pixels.count, toHeight: 1, toWidth: width).resize(pixels, channel: 0, of: 1)
    }

    @Test func theSameSizeChangesNothing() {
        let pixels = (0..<30).map { UInt8($0 * 8) }
        let same = Resampler(height: 5, width: 6, toHeight: 5, toWidth: 6)
        #expect(same.resize(pixels, channel: 0, of: 1) == pixels.map { Float($0) })
    }

    @Test func growingIsBilinearAndKeepsTheBorder() {
        // Centres of the output lie at ¼ and ¾ of the input's pixels; beyond the last centre the border goes on.
        #expect(row([0, 100], to: 4) == [0, 25, 75, 100])
        #expect(row([200], to: 3) == [200, 200, 200])
    }

    @Test func halvingWeighsByTheTriangle() {
        // Weights 1/8, 3/8, 3/8, 1/8; at the border the missing tap is shared among the others: 3/7, 3/7, 1/7.
        #expect(row([0, 0, 80, 0, 0, 0], to: 3) == [80 / 7, 30, 0])
        #expect(row([0, 0, 80, 160, 0, 0, 0, 0], to: 4)[1] == 90)
    }

    @Test func rowsAreTreatedAsColumns() {
        let pixels: [UInt8] = [3, 77, 150, 9, 255, 31, 0, 64]
        let column = Resampler(height: 8, width: 1, toHeight: 3, toWidth: 1).resize(pixels, channel: 0, of: 1)
        #expect(column == row(pixels, to: 3))
        #expect(column.count == 3)
    }

    @Test func channelsAreKeptApart() {
        let grey: [[UInt8]] = [[10, 20, 30, 40], [200, 100, 0, 50], [7, 7, 7, 9]]
        let interleaved = (0..<4).flatMap { index in grey.map { $0[index] } }
        let resampler = Resampler(height: 2, width: 2, toHeight: 3, toWidth: 1)
        for channel in 0..<3 {
            #expect(
                resampler.resize(interleaved, channel: channel, of: 3)
                    == resampler.resize(grey[channel], channel: 0, of: 1))
        }
    }

    @Test(arguments: [(1, 9), (9, 1), (7, 3), (3, 7), (1920, 64), (64, 100)])
    func flatImagesStayFlat(_ from: Int, _ to: Int) {
        let output = row(.init(repeating: 255, count: from), to: to)
        #expect(output.count == to)
        #expect(output.allSatisfy { $0.rounded() == 255 })
    }

    @Test func everyInputPixelCountsWhenShrinking() {
        for place in 0..<50 {
            var pixels = [UInt8](repeating: 0, count: 50)
            pixels[place] = 255
            #expect(row(pixels, to: 3).reduce(0, +) > 1, "pixel \(place)")
        }
    }
}
