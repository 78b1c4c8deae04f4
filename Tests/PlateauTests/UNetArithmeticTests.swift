import Testing

@testable import plateau

/// The count of operations behind `plateau bench unet`, against what PyTorch's `FlopCounterMode` counts in MONAI's
/// network.
@Suite struct UNetArithmeticTests {
    private func multiplyAdds(_ layers: Int, _ size: [Int]) -> Double {
        let channels = UNetWorkload.channels(dimensions: size.count)
        return UNetArithmetic(inChannels: channels.input, outChannels: channels.output, layers: layers, size: size)
            .multiplyAdds
    }

    @Test(arguments: [
        (2, [8, 8], 287_552.0), (3, [128, 128], 115_490_816), (5, [128, 128], 190_988_288),
        (4, [64, 64], 38_309_888), (4, [32, 48, 32], 320_618_496), (5, [64, 64, 64], 1_665_400_832),
    ])
    func countsAsPyTorch(_ layers: Int, _ size: [Int], _ expected: Double) {
        #expect(multiplyAdds(layers, size) == expected)
    }

    @Test func oddSizesCountAsPadded() {
        #expect(multiplyAdds(4, [35, 50, 36]) == multiplyAdds(4, [40, 56, 40]))
    }

    @Test func aMedianIsTheMiddle() throws {
        var clock = 0.0
        let times = StepTimes(seconds: 0) { clock += 1 }
        #expect(times.each.count == 3 && clock == 3)
        #expect(times.median == times.each.sorted()[1])
    }
}
