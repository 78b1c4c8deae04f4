import NeuralNets
import Testing

@testable import Worker

@Suite struct VariationTests {
    static let all = AugmentationRecipe(
        flip: true, rotate90: true, scale: [0.7, 1.4], brightness: 0.25, contrast: [0.75, 1.25], noise: 0.1)

    private func draw(_ recipe: AugmentationRecipe, _ position: Int, size: [Int] = [8, 8, 8]) -> Variation {
        Variation(recipe, size: size, generator: CounterGenerator(seed: 5, stream: UInt64(position)))
    }

    private func apply(_ variation: Variation, _ sample: Sample, size: [Int]) -> (image: [Float], labels: [UInt8]) {
        let voxels = size.reduce(1, *)
        var image = [Float](repeating: .nan, count: voxels * sample.image.count / sample.labels.count)
        var labels = [UInt8](repeating: 255, count: voxels)
        variation.apply(to: sample, size: size, image: &image, labels: &labels)
        return (image, labels)
    }

    /// A sample whose two channels are its labels and their negatives.
    private func speaking(_ size: [Int]) -> Sample {
        var generator = CounterGenerator(seed: 1, stream: 1)
        let labels = (0..<size.reduce(1, *)).map { _ in UInt8(generator.index(below: 200)) }
        return Sample(image: labels.map(Float.init) + labels.map { -Float($0) }, labels: labels, size: size)
    }

    @Test func withoutARecipeNothingChanges() {
        let sample = speaking([3, 4, 5])
        for position in 0..<50 {
            let result = apply(draw(AugmentationRecipe(), position), sample, size: sample.size)
            #expect(result.image == sample.image && result.labels == sample.labels)
        }
    }

    @Test(arguments: [[1, 6, 6], [1, 6, 9], [4, 4, 4], [3, 5, 5], [2, 3, 4]])
    func mirrorsAndTurnsTakeLabelsAlong(size: [Int]) {
        let sample = speaking(size)
        var results: Set<[UInt8]> = []
        for position in 0..<1000 {
            let recipe = AugmentationRecipe(flip: true, rotate90: true)
            let (image, labels) = apply(draw(recipe, position, size: size), sample, size: size)
            #expect(image == labels.map(Float.init) + labels.map { -Float($0) })
            #expect(labels.sorted() == sample.labels.sorted())
            results.insert(labels)
        }
        // Every way to lay the box onto itself, and no other: 8 of a square, 4 of a rectangle, 48 of a cube.
        let square = Set(size).count
        let ways = size[0] == 1 ? (square == 2 ? 8 : 4) : [1: 48, 2: 16, 3: 8][square]
        #expect(results.count == ways)
    }

    @Test func scalingTakesLabelsAlong() {
        // An edge in the middle of each axis, which scaling about the middle leaves there.
        let size = [8, 8, 8]
        for axis in 0..<3 {
            for position in 0..<60 {
                let variation = draw(AugmentationRecipe(scale: [0.7, 1.4]), position)
                let source = Zoom.sourceSize(of: size, scale: variation.scale)
                let labels = (0..<source[0]).flatMap { z in
                    (0..<source[1]).flatMap { y in
                        (0..<source[2]).map { x in 2 * [z, y, x][axis] >= source[axis] ? 1 : 0 as UInt8 }
                    }
                }
                let sample = Sample(image: labels.map { 20 * Float($0) - 10 }, labels: labels, size: source)
                let (image, found) = apply(variation, sample, size: size)
                #expect(image.count == 512 && found.count == 512)
                for (value, label) in zip(image, found) where abs(value) > 1e-3 { #expect((value > 0) == (label == 1)) }
                #expect(Set(found) == [0, 1])
            }
        }
    }

    @Test func oneKindOfChangeLeavesTheOthersAsTheyAre() {
        for position in 0..<100 {
            let all = draw(Self.all, position)
            #expect(draw(AugmentationRecipe(flip: true, rotate90: true), position).axes == all.axes)
            #expect(draw(AugmentationRecipe(scale: [0.7, 1.4]), position).scale == all.scale)
            #expect(draw(AugmentationRecipe(brightness: 0.25), position).brightness == all.brightness)
            #expect(draw(AugmentationRecipe(contrast: [0.75, 1.25]), position).contrast == all.contrast)
            #expect(draw(AugmentationRecipe(noise: 0.1), position).noise == all.noise)
        }
    }

    @Test func strengthsStayWithinTheirBounds() {
        let variations = (0..<4000).map { draw(Self.all, $0) }
        func share(_ isChanged: (Variation) -> Bool) -> Double { Double(variations.count(where: isChanged)) / 4000 }
        #expect(abs(share { $0.scale != 1 } - 0.3) < 0.03)
        #expect(abs(share { $0.brightness != 0 } - 0.3) < 0.03)
        #expect(abs(share { $0.contrast != 1 } - 0.3) < 0.03)
        #expect(abs(share { $0.noise != 0 } - 0.15) < 0.03)
        #expect(variations.allSatisfy { (0.7...1.4).contains($0.scale) && (0.75...1.25).contains($0.contrast) })
        #expect(variations.allSatisfy { abs($0.brightness) <= 0.25 && (0...0.1).contains($0.noise) })
        #expect(variations.contains { $0.scale < 0.8 } && variations.contains { $0.scale > 1.3 })
        #expect(variations.contains { $0.brightness < -0.2 } && variations.contains { $0.brightness > 0.2 })
    }

    @Test func contrastTurnsAboutEachChannelsMean() {
        let recipe = AugmentationRecipe(brightness: 0.5, contrast: [0.5, 2])
        let sample = Sample(image: [1, 2, 3, 6] + [-4, -4, 0, 0], labels: [0, 1, 2, 3], size: [1, 2, 2])
        var seen = 0
        for position in 0..<50 {
            let variation = draw(recipe, position, size: [1, 2, 2])
            let (image, labels) = apply(variation, sample, size: [1, 2, 2])
            #expect(labels == [0, 1, 2, 3])
            for (channel, mean) in [Float(3), -2].enumerated() {
                for place in 0..<4 {
                    let expected =
                        mean + variation.contrast * (sample.image[channel * 4 + place] - mean) + variation.brightness
                    #expect(abs(image[channel * 4 + place] - expected) < 1e-5)
                }
            }
            seen += variation.contrast != 1 && variation.brightness != 0 ? 1 : 0
        }
        #expect(seen > 0)
    }

    @Test func noiseHasTheDeviationThatWasDrawn() throws {
        let count = 100_000
        let sample = Sample(
            image: [Float](repeating: 3, count: count), labels: [UInt8](repeating: 0, count: count),
            size: [1, 1, count])
        let variation = try #require(
            (0..<100).lazy.map { draw(AugmentationRecipe(noise: 0.5), $0, size: sample.size) }.first { $0.noise > 0.1 })
        let values = apply(variation, sample, size: sample.size).image.map { Double($0) - 3 }
        let mean = values.reduce(0, +) / Double(count)
        let deviation = (values.reduce(0) { $0 + $1 * $1 } / Double(count)).squareRoot()
        #expect(abs(mean) < 0.02 * Double(variation.noise))
        #expect(abs(deviation / Double(variation.noise) - 1) < 0.01)
        // Neighbours have nothing to do with each other.
        let together = zip(values, values.dropFirst()).reduce(0) { $0 + $1.0 * $1.1 } / Double(count)
        #expect(abs(together) < 0.02 * deviation * deviation)
    }

    @Test func theSumsOfUniformNumbersAreCentred() {
        #expect(Variation.nearlyNormal(0) == -Variation.nearlyNormal(.max))
        #expect(abs(Variation.nearlyNormal(.max) - 3.4641) < 1e-3)
        #expect(abs(Variation.nearlyNormal(0x7fff_8000_7fff_8000)) < 1e-4)
    }
}
