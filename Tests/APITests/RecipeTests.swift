import Foundation
import Testing

@testable import API

/// Recipes as they are asked for, fitted to data sets, stored and read again.
@Suite struct RecipeTests {
    private static let images = DatasetTraits(
        name: "polyps", dimensions: 2, channels: 3, classes: [DatasetBody.LabelClass(name: "foreground", values: [1])],
        pool: 100,
        medianExtent: [], medianSpacing: [])
    private static let hippocampus = DatasetTraits(
        name: "hippocampus", dimensions: 3, channels: 1,
        classes: [
            DatasetBody.LabelClass(name: "anterior", values: [1]),
            DatasetBody.LabelClass(name: "posterior", values: [2]),
        ], pool: 100,
        medianExtent: [36, 50, 35], medianSpacing: [1, 1, 1])
    private static let brats = DatasetTraits(
        name: "brats", dimensions: 3, channels: 4,
        classes: [
            DatasetBody.LabelClass(name: "WT", values: [1, 2, 4]), DatasetBody.LabelClass(name: "ET", values: [4]),
        ], pool: 100,
        medianExtent: [155, 240, 240], medianSpacing: [1, 1, 1])

    /// What a recipe becomes for a data set.
    private func recipe(_ json: String, for dataset: DatasetTraits, depths: [Int] = [4]) throws -> TrainingBody {
        let training = try JSONParser.parse(Array(json.utf8))
        let violations = FieldReader.Violations()
        let fields = FieldReader(
            [
                "dataset": .string("set"), "sizes": .array([.integer(10), .integer(80)]),
                "depths": .array(depths.map { .integer($0) }), "training": training,
            ], violations: violations)
        let request = SweepRequest(fields)
        fields.rejectUnknown()
        try violations.throwIfAny()
        return try SweepSpecification(try #require(request), dataset: dataset).training
    }

    /// The fields that a refusal names.
    private func refused(_ json: String, for dataset: DatasetTraits, depths: [Int] = [4]) -> [String] {
        do {
            let recipe = try recipe(json, for: dataset, depths: depths)
            Issue.record("\(json) became \(recipe)")
            return []
        } catch let problem as Problem where problem.kind == .invalidRequest {
            return problem.errors.map(\.pointer)
        } catch {
            Issue.record("\(error)")
            return []
        }
    }

    @Test func imagesAreTrainedOnAsBefore() throws {
        let recipe = try recipe("{}", for: Self.images)
        #expect(recipe.imageSize == [64, 64] && recipe.batchSize == 8 && recipe.stepsPerEpoch == 10)
        #expect(recipe.patchSize == nil && recipe.spacing == nil && recipe.foregroundOversampling == nil)
        #expect(recipe.output == .sigmoid && recipe.augmentation == .none)
    }

    @Test func volumesGetPatchesThatFitThem() throws {
        let small = try recipe("{}", for: Self.hippocampus)
        #expect(small.imageSize == nil && small.patchSize == [40, 56, 40] && small.batchSize == 8)
        #expect(small.spacing == nil && small.foregroundOversampling == 0.33)
        #expect(small.output == .softmax && small.augmentation == .gentle && small.stepsPerEpoch == 100)

        let large = try recipe("{}", for: Self.brats)
        #expect(large.patchSize == [80, 80, 80] && large.batchSize == 2 && large.output == .sigmoid)
        // Twice as large voxels: half the extent.
        let coarse = try recipe(#"{"spacing":[2,2,2]}"#, for: Self.hippocampus)
        #expect(coarse.patchSize == [24, 32, 24] && coarse.spacing == [2, 2, 2])
        // The deepest network decides.
        #expect(try recipe("{}", for: Self.hippocampus, depths: [2, 6]).patchSize == [64, 64, 64])
    }

    @Test(arguments: [
        ([1, 1, 1], 2, [2, 2, 2]), ([155, 240, 240], 64, [64, 64, 128]), ([20, 320, 320], 16, [32, 128, 128]),
        ([512, 3, 3], 4, [512, 4, 4]), ([80, 80, 80], 8, [80, 80, 80]), ([88, 80, 80], 8, [80, 80, 80]),
    ])
    func aDefaultPatchStaysWithinItsBudget(extent: [Int], multiple: Int, expected: [Int]) {
        let size = PatchSize.standard(extent: extent, multiple: multiple)
        #expect(size == expected)
        #expect(size.reduce(1, *) <= PatchSize.defaultVoxelLimit && size.allSatisfy { $0.isMultiple(of: multiple) })
    }

    @Test func whatIsAskedForIsTaken() throws {
        let recipe = try recipe(
            """
            {"patch_size":[35,51,33],"spacing":[1,1,1],"foreground_oversampling":0.5,"batch_size":3,"output":"sigmoid",
             "augmentation":{"flip":true,"scale":[0.9,1.1],"noise":0.2}}
            """, for: Self.hippocampus)
        #expect(recipe.patchSize == [35, 51, 33] && recipe.spacing == [1, 1, 1] && recipe.batchSize == 3)
        #expect(recipe.foregroundOversampling == 0.5 && recipe.output == .sigmoid)
        #expect(recipe.augmentation == AugmentationBody(flip: true, scale: [0.9, 1.1], noise: 0.2))
        let images = try self.recipe(#"{"augmentation":"standard","output":"softmax"}"#, for: Self.images)
        #expect(images.augmentation == .standard && images.output == .softmax)
        #expect(try self.recipe(#"{"augmentation":"none"}"#, for: Self.brats).augmentation == .none)
        #expect(try self.recipe(#"{"augmentation":{}}"#, for: Self.brats).augmentation == .none)
    }

    @Test(arguments: [
        (#"{"patch_size":[8,8,8]}"#, ["/training/patch_size"]),
        (
            #"{"spacing":[1,1,1],"foreground_oversampling":0.5}"#,
            ["/training/spacing", "/training/foreground_oversampling"]
        ),
        (#"{"image_size":[8]}"#, ["/training/image_size"]),
        (#"{"image_size":[1024,1024],"batch_size":5}"#, ["/training/batch_size"]),
        (#"{"image_size":[8,8],"batch_size":1}"#, ["/training/image_size"]),
        (#"{"output":"tanh"}"#, ["/training/output"]),
        (#"{"augmentation":"wild"}"#, ["/training/augmentation"]),
        (#"{"augmentation":7}"#, ["/training/augmentation"]),
        (#"{"augmentation":{"flip":1,"spin":true}}"#, ["/training/augmentation/flip", "/training/augmentation/spin"]),
        (#"{"augmentation":{"scale":[1.2,0.8]}}"#, ["/training/augmentation/scale"]),
        (#"{"augmentation":{"scale":[0.1,3]}}"#, ["/training/augmentation/scale/0", "/training/augmentation/scale/1"]),
        (
            #"{"augmentation":{"contrast":1.2,"brightness":2,"noise":-1}}"#,
            ["/training/augmentation/brightness", "/training/augmentation/contrast", "/training/augmentation/noise"]
        ),
        (#"{"image_size":[64,64],"patch_size":[8,8,8]}"#, ["/training/patch_size"]),
    ])
    func imagesRefuse(json: String, fields: [String]) { #expect(refused(json, for: Self.images) == fields) }

    @Test(arguments: [
        (#"{"image_size":[64,64]}"#, ["/training/image_size"]),
        (#"{"patch_size":[64,64]}"#, ["/training/patch_size"]),
        (#"{"patch_size":[0,64,513]}"#, ["/training/patch_size/0", "/training/patch_size/2"]),
        (#"{"patch_size":[512,512,512]}"#, ["/training/patch_size"]),
        (#"{"patch_size":[128,128,128],"batch_size":3}"#, ["/training/batch_size"]),
        (#"{"patch_size":[8,8,8],"batch_size":1}"#, ["/training/patch_size"]),
        (#"{"patch_size":[8,8,8],"normalization":"instance"}"#, ["/training/patch_size"]),
        (#"{"spacing":[1,1]}"#, ["/training/spacing"]),
        (#"{"spacing":[0,1,1]}"#, ["/training/spacing/0"]),
        (#"{"foreground_oversampling":1.5}"#, ["/training/foreground_oversampling"]),
        (#"{"output":"softmax"}"#, ["/training/output"]),
    ])
    func volumesRefuse(json: String, fields: [String]) { #expect(refused(json, for: Self.brats) == fields) }

    @Test func everyRefusalSaysWhatToDo() {
        let error = #expect(throws: Problem.self) { try recipe(#"{"output":"softmax"}"#, for: Self.brats) }
        #expect(error?.detail.contains("must be \"sigmoid\" for brats, whose classes overlap") == true)
        let other = #expect(throws: Problem.self) { try recipe(#"{"image_size":[64,64]}"#, for: Self.brats) }
        #expect(other?.detail.contains("give patch_size as [depth, height, width]") == true)
    }

    /// As it was written before there were volumes, outputs and augmentation.
    @Test func anOlderSpecificationIsRead() throws {
        let stored = """
            {"sizes":[4,8],"fractions":[0.5,1],"depths":[2],"seeds":[0],"training":{"imageSize":[32,48],"batchSize":8,
             "epochs":3,"stepsPerEpoch":5,"budget":"steps","learningRate":0.001,"schedule":"cosine",
             "normalization":"batch"}}
            """
        let specification = try JSONDecoder().decode(SweepSpecification.self, from: Data(stored.utf8))
        #expect(specification.training.imageSize == [32, 48] && specification.training.patchSize == nil)
        #expect(specification.training.output == .sigmoid && specification.training.augmentation == .none)
        #expect(specification.cells.map(\.stepsPerEpoch) == [5, 5])
    }

    @Test func whatIsStoredAndSentIsReadTheSame() throws {
        for training in [
            try recipe("{}", for: Self.images), try recipe("{}", for: Self.brats),
            try recipe(#"{"spacing":[1,2,3],"augmentation":{"contrast":[0.9,1]}}"#, for: Self.hippocampus),
        ] {
            #expect(try JSONDecoder().decode(TrainingBody.self, from: try JSONEncoder().encode(training)) == training)
            let sent = try JSONCoding.encoder().encode(training)
            #expect(try JSONCoding.decoder().decode(TrainingBody.self, from: sent) == training)
            let text = String(decoding: sent, as: UTF8.self)
            for key in ["patch_size", "image_size", "foreground_oversampling", "rotate90", "spacing"] {
                #expect(text.contains("\"\(key)\":"), "\(text)")
            }
        }
    }

    /// The network pads what it cannot halve evenly.
    @Test func sizesNeedNotBeMultiples() throws {
        #expect(try recipe(#"{"image_size":[50,67]}"#, for: Self.images, depths: [6]).imageSize == [50, 67])
        #expect(try recipe(#"{"patch_size":[9,70,33]}"#, for: Self.brats, depths: [5]).patchSize == [9, 70, 33])
    }

    @Test func aNetworkHasSixtyFourOutputsAtMost() throws {
        func dataset(_ count: Int) -> DatasetTraits {
            var dataset = Self.hippocampus
            dataset.classes = (1...count).map { DatasetBody.LabelClass(name: "\($0)", values: [$0]) }
            return dataset
        }
        #expect(try recipe("{}", for: dataset(63)).output == .softmax)
        #expect(try recipe("{}", for: dataset(64)).output == .sigmoid)
        #expect(refused(#"{"output":"softmax"}"#, for: dataset(64)) == ["/training/output"])
    }

    @Test func theNetworkHasAnOutputForEachClass() async throws {
        let counted = try await TestAPI().outChannels(output: "softmax")
        #expect(counted == [2, 2])
        #expect(try await TestAPI().outChannels(output: "sigmoid") == [1, 1])
    }
}
