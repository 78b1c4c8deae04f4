import Datasets
import NeuralNets

@testable import HTTP
@testable import Worker

/// Samples without a data set: random boxes, one for each case.
struct BoxSource: SampleSource {
    struct Broken: Error, Equatable { var id: String }

    var channels = 2
    /// A case that cannot be read.
    var brokenID: String?
    /// Told of each sample.
    var onSample: @Sendable () -> Void = {}

    func sample(of id: String, size: [Int], scale: Double, generator: inout CounterGenerator) throws -> Sample {
        onSample()
        if id == brokenID { throw Broken(id: id) }
        let size = Zoom.sourceSize(of: size, scale: scale)
        let voxels = size.reduce(1, *)
        var numbers = CounterGenerator(seed: UInt64(id) ?? 0, stream: generator.next())
        return Sample(
            image: (0..<channels * voxels).map { _ in Float(numbers.uniform()) },
            labels: (0..<voxels).map { _ in UInt8(numbers.index(below: 3)) }, size: size)
    }

    /// Batches of two samples of seven cases, [2, 2, 4, 6, 6], in two classes.
    func maker(seed: UInt64 = 3, recipe: AugmentationRecipe = VariationTests.all) -> BatchMaker {
        BatchMaker(
            source: self, targets: ClassTargets(values: [[1], [1, 2]], softmax: false), recipe: recipe,
            cases: (0..<7).map { "\($0)" }, size: [4, 6, 6], batchSize: 2, seed: seed)
    }
}

extension ClassTargets {
    /// Of classes with these label values.
    init(values: [[UInt8]], softmax: Bool) {
        let classes = values.enumerated().map { LabelClass(name: "\($0)", values: $1) }
        guard let known = try? LabelClasses(classes) else { preconditionFailure("\(values) are no classes") }
        self.init(classes: known, isSoftmax: softmax)
    }
}

extension BatchMaker {
    /// A batch on its own.
    func batch(_ step: Int) throws -> Batch {
        var copy = self
        var batch = Batch()
        try copy.make(step: step, into: &batch) {}
        return batch
    }
}
