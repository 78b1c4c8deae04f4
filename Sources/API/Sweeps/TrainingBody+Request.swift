/// A recipe, fitted to the data set and the networks it is for.
extension TrainingBody {
    /// Pixels or voxels of one batch at most: more would need more memory than a lab machine has.
    static let batchLimit = 1 << 22
    /// Of a network.
    private static let outputLimit = 64
    /// Voxels of one batch at most where nobody said how many patches it has, and the patches it then has.
    private static let defaultBatchLimit = 1 << 20
    private static let defaultPatches = 2...8
    /// Steps of an epoch at least where nobody said how many: a patch a volume is no pass over it, and labs have few.
    private static let leastStepsOnVolumes = 100

    /// - Parameters:
    ///   - deepest: levels of the deepest network.
    ///   - largest: training images of the largest size.
    /// - Throws: `Problem` naming each field that the data set or the networks do not allow.
    init(_ request: TrainingRequest, for dataset: DatasetTraits, deepest: Int, largest: Int) throws {
        var violations = Violations()
        let size = Self.size(request, dataset, deepest, &violations)
        let voxels = size.reduce(1, *)
        let isVolume = dataset.dimensions == 3
        let batch =
            request.batchSize
            ?? (isVolume
                ? min(
                    max(Self.defaultBatchLimit / voxels, Self.defaultPatches.lowerBound), Self.defaultPatches.upperBound
                )
                : 8)
        Self.check(size, batch: batch, request.normalization, deepest: deepest, isVolume: isVolume, &violations)
        let output = Self.output(request.output, dataset, &violations)
        try violations.throwIfAny()
        self.init(
            imageSize: isVolume ? nil : size, patchSize: isVolume ? size : nil, spacing: request.spacing,
            foregroundOversampling: isVolume ? request.foregroundOversampling ?? 0.33 : nil, batchSize: batch,
            epochs: request.epochs,
            stepsPerEpoch: request.budget == .epochs
                ? nil
                : request.stepsPerEpoch
                    ?? max(Self.stepsPerPass(largest, batch), isVolume ? Self.leastStepsOnVolumes : 1),
            budget: request.budget, learningRate: request.learningRate, schedule: request.schedule,
            normalization: request.normalization, output: output,
            augmentation: request.augmentation ?? (isVolume ? .gentle : .none), precision: request.precision)
    }

    static func stepsPerPass(_ size: Int, _ batchSize: Int) -> Int { (size + batchSize - 1) / batchSize }

    /// Whether networks of another depth can be trained by this recipe.
    /// - Throws: `Problem` about `/depths`.
    func check(depth: Int, isVolume: Bool) throws {
        var violations = Violations()
        Self.check(
            imageSize ?? patchSize ?? [], batch: batchSize, normalization, deepest: depth, isVolume: isVolume,
            &violations)
        if !violations.isEmpty {
            throw Problem.invalid(
                "/depths", "\(depth) is too deep for the sweep's images or patches: submit another sweep")
        }
    }

    private struct Violations {
        private var all: [Problem.FieldError] = []

        var isEmpty: Bool { all.isEmpty }

        mutating func add(_ field: String, _ detail: String) {
            all.append(.init(pointer: "/training/\(field)", detail: detail))
        }

        func throwIfAny() throws { if !all.isEmpty { throw Problem.invalid(all) } }
    }

    /// What one sample covers.
    private static func size(
        _ request: TrainingRequest, _ dataset: DatasetTraits, _ deepest: Int, _ violations: inout Violations
    ) -> [Int] {
        if dataset.dimensions == 2 {
            let only3D = [
                ("patch_size", request.patchSize != nil), ("spacing", request.spacing != nil),
                ("foreground_oversampling", request.foregroundOversampling != nil),
            ]
            for (field, isGiven) in only3D where isGiven {
                violations.add(
                    field,
                    "is for data sets of volumes, and \(dataset.name) holds images; leave it out (images have image_size)"
                )
            }
            return request.imageSize ?? [64, 64]
        }
        if request.imageSize != nil {
            violations.add(
                "image_size",
                "is for data sets of images, and \(dataset.name) holds volumes; give patch_size as [depth, height, width]"
            )
        }
        if let size = request.patchSize { return size }
        let extent =
            request.spacing.map {
                PatchSize.resampled(extent: dataset.medianExtent, from: dataset.medianSpacing, to: $0)
            } ?? dataset.medianExtent
        return PatchSize.standard(extent: extent, multiple: 1 << (deepest - 1))
    }

    private static func check(
        _ size: [Int], batch: Int, _ normalization: Normalization, deepest: Int, isVolume: Bool,
        _ violations: inout Violations
    ) {
        let (field, unit) = isVolume ? ("patch_size", "voxels") : ("image_size", "pixels")
        let voxels = size.reduce(1, *)
        if batch * voxels > batchLimit {
            let most = batchLimit / voxels
            violations.add(
                most > 0 ? "batch_size" : field,
                "batch_size × \(field) must be at most \(batchLimit) \(unit); "
                    + (most > 0
                        ? "at \(size) at most \(most) fit a batch" : "\(size) alone has \(voxels): make it smaller"))
        }
        // Padded inside the network to what each level but the first can halve.
        let multiple = 1 << (deepest - 1)
        let bottom = size.reduce(1) { $0 * (($1 + multiple - 1) / multiple) }
        if bottom * (normalization == .batch ? batch : 1) < 2 {
            violations.add(
                field,
                "is too small for \(deepest) levels: a single value would be left to normalise at the deepest level")
        }
    }

    private static func output(
        _ asked: Output?, _ dataset: DatasetTraits, _ violations: inout Violations
    ) -> Output {
        let outputs = dataset.classes.count + 1
        guard let asked else {
            return outputs > 2 && outputs <= outputLimit && !dataset.classesOverlap ? .softmax : .sigmoid
        }
        if asked == .softmax, dataset.classesOverlap {
            violations.add(
                "output",
                "must be \"sigmoid\" for \(dataset.name), whose classes overlap: softmax would have one of them right where "
                    + "several are")
        } else if asked == .softmax, outputs > outputLimit {
            violations.add(
                "output",
                "must be \"sigmoid\" for \(dataset.name): its \(outputs - 1) classes and the background are more than the "
                    + "\(outputLimit) outputs that a network has at most")
        }
        return asked
    }
}
