import Testing

@testable import Worker

@Suite struct BatchMakerTests {
    @Test func aBatchDependsOnItsStepAlone() throws {
        let expected = try (0..<20).map { try BoxSource().maker().batch($0) }
        // One after the other, then backwards, into storage that holds another batch.
        var maker = BoxSource().maker()
        var batch = Batch(images: [Float](repeating: .nan, count: 7), targets: [])
        for step in Array(0..<20) + (0..<20).reversed() {
            try maker.make(step: step, into: &batch) {}
            #expect(batch == expected[step])
        }
        for (step, batch) in expected.enumerated() {
            #expect(batch.images.count == 2 * 2 * 144 && batch.targets.count == 2 * 2 * 144)
            #expect(batch.images.allSatisfy { $0.isFinite })
            #expect(!expected[..<step].contains(batch))
        }
    }

    @Test func fourThreadsMakeTheSame() async throws {
        let expected = try (0..<12).map { try BoxSource().maker().batch($0) }
        let found = try await withThrowingTaskGroup(of: (Int, Batch).self) { group in
            for step in 0..<12 {
                group.addTask { try await onThread { (step, try BoxSource().maker().batch(step)) } }
            }
            return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        for (step, batch) in expected.enumerated() { #expect(found[step] == batch) }
    }

    @Test func seedsAndPlacesInABatchDiffer() throws {
        let source = BoxSource()
        #expect(try source.maker(seed: 3).batch(0) != source.maker(seed: 4).batch(0))
        // The same case twice in one batch is varied twice.
        let maker = BatchMaker(
            source: source, targets: ClassTargets(values: [[1]], softmax: false), recipe: VariationTests.all,
            cases: ["0"], size: [1, 8, 8], batchSize: 2, seed: 1)
        let images = try maker.batch(0).images
        #expect(images[..<128] != images[128...])
    }

    @Test func targetsAreThoseOfTheVariedLabels() throws {
        let spatial = AugmentationRecipe(flip: true, rotate90: true, scale: [0.7, 1.4])
        let source = BoxSource()
        func targets(_ classes: [[UInt8]], softmax: Bool) throws -> [Float] {
            try BatchMaker(
                source: source, targets: ClassTargets(values: classes, softmax: softmax), recipe: spatial,
                cases: ["4"], size: [4, 4, 4], batchSize: 1, seed: 1
            ).batch(5).targets
        }
        // Labels are 0, 1 and 2, each its own plane.
        let planes = try targets([[1], [2]], softmax: true)
        #expect(planes.count == 3 * 64)
        for voxel in 0..<64 { #expect(planes[voxel] + planes[64 + voxel] + planes[128 + voxel] == 1) }
        #expect(try targets([[1], [2]], softmax: false) == Array(planes[64...]))
        let both = zip(planes[64..<128], planes[128...]).map { $0 + $1 }
        #expect(try targets([[1, 2], [2]], softmax: false) == both + planes[128...])
        #expect(Set(both) == [0, 1])
    }

    @Test func anUnreadableCaseEndsIt() {
        var source = BoxSource()
        source.brokenID = "5"
        let maker = source.maker()
        let results = (0..<7).map { step in Result { try maker.batch(step) } }
        // Seven cases in two passes of three and a half steps.
        let broken = results.compactMap { if case .failure(let error as BoxSource.Broken) = $0 { error } else { nil } }
        #expect(broken == [.init(id: "5"), .init(id: "5")])
    }
}
