import NeuralNets
import Testing

@testable import Worker

@Suite struct VolumeSourceTests {
    /// Volumes whose image is 1 inside and whose labels tell where a box was cut: with two classes, of which the second
    /// is a single voxel.
    private func volumes(_ extent: [Int], foreground: [[[Int]]]) -> Volumes {
        Volumes(
            channels: 1, classCount: foreground.count, extent: { _ in extent },
            patch: { _, origin, size in
                var image: [Float] = []
                for z in 0..<size[0] {
                    for y in 0..<size[1] {
                        for x in 0..<size[2] {
                            let place = [origin[0] + z, origin[1] + y, origin[2] + x]
                            let isInside = (0..<3).allSatisfy { (0..<extent[$0]).contains(place[$0]) }
                            image.append(isInside ? Float(place[0] * 10_000 + place[1] * 100 + place[2]) : -1)
                        }
                    }
                }
                return (image, [UInt8](repeating: 0, count: image.count))
            }, foreground: { _, index in foreground[index] })
    }

    private func samples(
        _ volumes: Volumes, size: [Int], share: Double, scale: Double = 1, count: Int = 400
    ) throws -> [Sample] {
        let source = VolumeSource(volumes: volumes, foregroundShare: share)
        return try (0..<count).map { index in
            var generator = CounterGenerator(seed: 2, stream: UInt64(index))
            return try source.sample(of: "a", size: size, scale: scale, generator: &generator)
        }
    }

    private func origin(_ sample: Sample) -> [Int] {
        let first = Int(sample.image[0])
        return [first / 10_000, first / 100 % 100, first % 100]
    }

    @Test func boxesLieAnywhereWithin() throws {
        let samples = try samples(volumes([9, 4, 20], foreground: [[]]), size: [6, 4, 15], share: 0.5)
        #expect(samples.allSatisfy { !$0.image.contains(-1) && $0.size == [6, 4, 15] })
        let origins = samples.map(origin)
        // Every place along each axis, and nothing beyond.
        #expect(Set(origins.map { $0[0] }) == Set(0...3))
        #expect(Set(origins.map { $0[1] }) == [0])
        #expect(Set(origins.map { $0[2] }) == Set(0...5))
        for place in 0...5 {
            let share = Double(origins.count { $0[2] == place }) / Double(origins.count)
            #expect(abs(share - 1.0 / 6) < 0.06)
        }
    }

    @Test func aSmallVolumeLiesInTheMiddle() throws {
        let samples = try samples(volumes([3, 4, 5], foreground: [[[1, 1, 1]]]), size: [6, 4, 8], share: 1, count: 5)
        for sample in samples {
            #expect(sample.image.count { $0 != -1 } == 60)
            // One plane before and two behind; the same along x.
            #expect(sample.image[(1 * 4 + 0) * 8 + 1] == 0)
            #expect(sample.image[(3 * 4 + 3) * 8 + 5] == 20_304)
        }
    }

    @Test func theShareAskedForIsCentredOnForeground() throws {
        // In the corner's middle, so that a box around it lies within.
        let volumes = volumes([40, 40, 40], foreground: [[[10, 12, 14]]])
        for (share, expected) in [(0.0, 0.0), (0.33, 0.33), (1, 1)] {
            let origins = try samples(volumes, size: [8, 8, 8], share: share, count: 1000).map(origin)
            let centred = Double(origins.count { $0 == [6, 8, 10] }) / 1000
            #expect(abs(centred - expected) < 0.05)
        }
    }

    @Test func everyClassGetsItsTurn() throws {
        // One voxel of one class, many of another, none of a third.
        let many = (0..<30).map { [20, 20, $0] }
        let volumes = volumes([40, 40, 40], foreground: [[[5, 5, 5]], [], many])
        let origins = try samples(volumes, size: [4, 4, 4], share: 1, count: 1000).map(origin)
        let rare = Double(origins.count { $0 == [3, 3, 3] }) / 1000
        #expect(abs(rare - 0.5) < 0.05)
        #expect(Set(origins.filter { $0 != [3, 3, 3] }.map { $0[2] }).count == 28)
    }

    @Test func aBoxAtTheEdgeStaysWithin() throws {
        let volumes = volumes([10, 10, 10], foreground: [[[0, 9, 5]]])
        let origins = try samples(volumes, size: [4, 4, 4], share: 1, count: 20).map(origin)
        #expect(origins.allSatisfy { $0 == [0, 6, 3] })
    }

    @Test(arguments: [0.7, 1.4]) func anotherScaleTakesAnotherBoxAroundTheSamePlace(scale: Double) throws {
        let volumes = volumes([60, 60, 60], foreground: [[[30, 30, 30]]])
        let sample = try #require(try samples(volumes, size: [8, 8, 8], share: 1, scale: scale, count: 1).first)
        #expect(sample.size == (scale < 1 ? [11, 11, 11] : [6, 6, 6]))
        #expect(origin(sample) == (scale < 1 ? [25, 25, 25] : [27, 27, 27]))
    }
}
