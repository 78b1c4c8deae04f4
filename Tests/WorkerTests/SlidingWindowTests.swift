import Foundation
import NeuralNets
import Testing

@testable import Worker

@Suite struct SlidingWindowTests {
    /// A volume [1, D, H, W] of random numbers, cut as a data set would.
    private struct Picture {
        let extent: [Int]
        let values: [Float]

        init(_ extent: [Int]) {
            self.extent = extent
            var generator = CounterGenerator(seed: 9, stream: 0)
            values = (0..<extent.reduce(1, *)).map { _ in Float(generator.uniform()) }
        }

        func cut(_ origin: [Int], _ size: [Int]) -> [Float] {
            var box: [Float] = []
            for z in origin[0]..<origin[0] + size[0] {
                for y in origin[1]..<origin[1] + size[1] {
                    for x in origin[2]..<origin[2] + size[2] {
                        let isInside =
                            (0..<extent[0]).contains(z) && (0..<extent[1]).contains(y) && (0..<extent[2]).contains(x)
                        box.append(isInside ? values[(z * extent[1] + y) * extent[2] + x] : 0)
                    }
                }
            }
            return box
        }
    }

    private static let shapes = [
        ([10, 10, 10], [4, 4, 4]), ([7, 12, 5], [4, 6, 8]), ([1, 1, 30], [1, 1, 7]), ([155, 6, 6], [16, 8, 8]),
        ([5, 5, 5], [5, 5, 5]), ([3, 3, 3], [8, 8, 8]), ([9, 9, 9], [8, 8, 8]), ([20, 3, 3], [1, 1, 1]),
    ]

    @Test(arguments: shapes) func everyVoxelIsCovered(extent: [Int], size: [Int]) {
        for overlap in [0, 0.25, 0.5, 0.75] {
            let window = SlidingWindow(extent: extent, size: size, overlap: overlap)
            for axis in 0..<3 {
                let places = Set(window.origins.map { $0[axis] }).sorted()
                let covered = Set(places.flatMap { $0..<$0 + size[axis] })
                #expect(covered.isSuperset(of: 0..<extent[axis]))
                let step = max(1, Double(size[axis]) * (1 - overlap))
                for (one, next) in zip(places, places.dropFirst()) { #expect(Double(next - one) <= step.rounded(.up)) }
                if extent[axis] > size[axis] {
                    #expect(places.first == 0 && places.last == extent[axis] - size[axis])
                } else {
                    #expect(places.count == 1)
                }
            }
            #expect(Set(window.origins).count == window.origins.count)
        }
    }

    /// Where the network says the same of a voxel whatever the window, so does the whole.
    @Test(arguments: shapes, [1, 3]) func agreeingWindowsAgreeWithTheWhole(shape: ([Int], [Int]), batchSize: Int) {
        let (extent, size) = shape
        let picture = Picture(extent)
        let window = SlidingWindow(extent: extent, size: size, overlap: 0.5)
        let voxels = size.reduce(1, *)
        var most = 0
        let logits = window.logits(
            planes: 2, batchSize: batchSize, image: { picture.cut($0, size) },
            predict: { images in
                most = max(most, images.count / voxels)
                return stride(from: 0, to: images.count, by: voxels).flatMap { start in
                    let image = images[start..<start + voxels]
                    return image.map { 3 * $0 - 1 } + image.map { -$0 }
                }
            })
        #expect(most <= batchSize)
        let count = picture.values.count
        #expect(logits.count == 2 * count)
        for (voxel, value) in picture.values.enumerated() {
            #expect(abs(logits[voxel] - (3 * value - 1)) < 1e-5 && abs(logits[count + voxel] + value) < 1e-5)
        }
        if window.origins.count == 1 { #expect(logits[..<count] == ArraySlice(picture.values.map { 3 * $0 - 1 })) }
    }

    /// Windows that disagree are weighed by a Gaussian about their middles.
    @Test func windowsCountMostInTheirMiddle() {
        let window = SlidingWindow(extent: [1, 1, 12], size: [1, 1, 8], overlap: 0.5)
        #expect(window.origins == [[0, 0, 0], [0, 0, 4]])
        let logits = window.logits(
            planes: 1, batchSize: 1, image: { [Float](repeating: Float($0[2]), count: 8) }, predict: { $0 })
        // What only one covers is that one's; in between, the second gains; in the middle both count the same.
        #expect(logits[0..<4].allSatisfy { $0 == 0 } && logits[8..<12].allSatisfy { abs($0 - 4) < 1e-6 })
        for (place, next) in zip(4..<7, 5..<8) { #expect(logits[place] < logits[next]) }
        func weight(_ distance: Double) -> Double { exp(-distance * distance / 2) }
        for place in 4..<8 {
            let (one, two) = (weight(Double(place) - 3.5), weight(Double(place) - 7.5))
            #expect(abs(Double(logits[place]) - 4 * two / (one + two)) < 1e-5)
        }
    }

    @Test func theSameWindowsGiveTheSameBits() {
        let picture = Picture([11, 9, 13])
        let window = SlidingWindow(extent: picture.extent, size: [4, 4, 4], overlap: 0.5)
        let results = [1, 2, 5].map { batchSize in
            window.logits(
                planes: 1, batchSize: batchSize, image: { picture.cut($0, [4, 4, 4]) }, predict: { $0.map { $0 * $0 } })
        }
        #expect(results[0] == results[1] && results[1] == results[2])
    }
}
