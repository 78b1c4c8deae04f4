import Locks
import NeuralNets
import Testing

@testable import HTTP
@testable import Worker

@Suite struct VolumeEvaluationTests {
    /// Two volumes whose image says their label at each voxel: one of class 1 in its lower half and one voxel of class 2,
    /// and one without either.
    private static let extents = ["a": [6, 5, 7], "b": [3, 4, 4]]

    private static func label(_ id: String, _ place: [Int]) -> UInt8 {
        if id == "b" { return 0 }
        if place == [5, 4, 6] { return 2 }
        return place[0] < 3 ? 1 : 0
    }

    private let volumes = Volumes(
        channels: 1, classCount: 2, extent: { Self.extents[$0] ?? [] },
        patch: { id, origin, size in
            let extent = Self.extents[id] ?? []
            var labels: [UInt8] = []
            for z in origin[0]..<origin[0] + size[0] {
                for y in origin[1]..<origin[1] + size[1] {
                    for x in origin[2]..<origin[2] + size[2] {
                        let isInside = zip([z, y, x], extent).allSatisfy { 0 <= $0 && $0 < $1 }
                        labels.append(isInside ? Self.label(id, [z, y, x]) : 0)
                    }
                }
            }
            return (labels.map(Float.init), labels)
        }, foreground: { _, _ in [[Int]]() })

    /// - Parameter says: the logit of a class at a voxel of that label.
    private func evaluate(says: @escaping (_ item: Int, _ label: Float) -> Float) throws -> Evaluation {
        try Evaluation(
            ["a", "b"], volumes: volumes, targets: ClassTargets(values: [[1, 2], [2]], softmax: false),
            configuration: UNetConfiguration(dimensions: 3, inChannels: 1, outChannels: 2, layers: 2), size: [4, 4, 4],
            overlap: 0.5, batchSize: 3,
            predict: { images in
                stride(from: 0, to: images.count, by: 64).flatMap { start in
                    (0..<2).flatMap { item in images[start..<start + 64].map { says(item, $0) } }
                }
            }, check: {})
    }

    @Test func aNetworkThatIsRightScoresOne() throws {
        let evaluation = try evaluate { item, label in label > Float(item) ? 20 : -20 }
        // Both classes are empty in the second volume, and rightly said to be.
        #expect(evaluation.scores == [[1, 1], [1, 1]])
        #expect(evaluation.meanScore == 1 && evaluation.scoreDeviation == 0 && evaluation.meanByClass == [1, 1])
        #expect(evaluation.meanLoss < 0.01)
    }

    @Test func whatIsSeenWhereNothingIsScoresNothing() throws {
        // Class 1 everywhere, class 2 nowhere.
        let evaluation = try evaluate { item, _ in item == 0 ? 5 : -5 }
        let voxels = 6 * 5 * 7
        let first = 2 * Double(voxels / 2 + 1) / Double(voxels / 2 + 1 + voxels)
        #expect(evaluation.scores == [[first, 0], [0, 1]])
        #expect(evaluation.meanByClass == [first / 2, 0.5])
        #expect(abs(evaluation.meanScore - (first / 2 + 0.5) / 2) < 1e-12)
        #expect(evaluation.losses.count == 2 && evaluation.losses.allSatisfy { $0 > 0.5 })
    }

    @Test func aSoftmaxSaysOneOfThem() throws {
        // Right but for the single voxel of class 2, which it takes for class 1.
        let evaluation = try Evaluation(
            ["a", "b"], volumes: volumes, targets: ClassTargets(values: [[1], [2]], softmax: true),
            configuration: UNetConfiguration(
                dimensions: 3, inChannels: 1, outChannels: 3, layers: 2, output: .softmax),
            size: [4, 4, 4], overlap: 0.5, batchSize: 2,
            predict: { images in
                stride(from: 0, to: images.count, by: 64).flatMap { start in
                    (0..<3).flatMap { item in
                        images[start..<start + 64].map { min($0, 1) == Float(item) ? 20 : -20 as Float }
                    }
                }
            }, check: {})
        #expect(evaluation.scores == [[210.0 / 211, 0], [1, 1]])
    }

    @Test func endsBetweenWindows() throws {
        struct Stop: Error {}
        let windows = Guarded(0)
        #expect(throws: Stop.self) {
            try Evaluation(
                ["a"], volumes: volumes, targets: ClassTargets(values: [[1]], softmax: false),
                configuration: UNetConfiguration(dimensions: 3, inChannels: 1, outChannels: 1, layers: 2),
                size: [4, 4, 4], overlap: 0.5, batchSize: 1, predict: { $0 },
                check: {
                    windows.withLock { $0 += 1 }
                    if windows.withLock({ $0 }) == 3 { throw Stop() }
                })
        }
        #expect(windows.withLock { $0 } == 3)
    }
}
