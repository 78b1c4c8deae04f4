import NeuralNets

/// How one sample is varied: drawn once, then applied to image and labels alike.
struct Variation: Sendable {
    /// The shares of samples that each kind of change happens to.
    private enum Chance {
        static let scale = 0.3
        static let brightness = 0.3
        static let contrast = 0.3
        static let noise = 0.15
    }

    private(set) var axes = AxisMap()
    /// Factor of size.
    private(set) var scale = 1.0
    /// Added to all values.
    private(set) var brightness: Float = 0
    /// Factor of each channel's distance from its mean.
    private(set) var contrast: Float = 1
    /// Standard deviation.
    private(set) var noise: Float = 0
    /// Goes on where the draws ended.
    let noiseGenerator: CounterGenerator

    /// Draws as many numbers whatever the recipe says, so that one kind of variation does not change the others.
    ///
    /// - Parameters:
    ///   - size: D, H, W of the sample.
    ///   - generator: of this sample alone.
    init(_ recipe: AugmentationRecipe, size: [Int], generator: CounterGenerator) {
        var generator = generator
        for axis in 0..<3 {
            let isDue = generator.uniform() < 0.5
            if isDue, recipe.flip { axes.flip(axis) }
        }
        for (first, second) in [(1, 2), (0, 2), (0, 1)] {
            let turns = generator.index(below: 4)
            guard recipe.rotate90, size[first] == size[second] else { continue }
            for _ in 0..<turns { axes.turn(first, second) }
        }
        func draw(_ chance: Double, _ bounds: [Double]?) -> Double? {
            let (isDue, place) = (generator.uniform() < chance, generator.uniform())
            guard isDue, let bounds else { return nil }
            return bounds[0] + place * (bounds[1] - bounds[0])
        }
        scale = draw(Chance.scale, recipe.scale) ?? 1
        brightness = Float(draw(Chance.brightness, [-recipe.brightness, recipe.brightness]) ?? 0)
        contrast = Float(draw(Chance.contrast, recipe.contrast) ?? 1)
        noise = Float(draw(Chance.noise, [0, recipe.noise]) ?? 0)
        noiseGenerator = generator
    }

    /// - Parameters:
    ///   - size: D, H, W of the result.
    ///   - image: the result, [C, D, H, W].
    ///   - labels: the result, [D, H, W].
    func apply(
        to sample: Sample, size: [Int], image: UnsafeMutablePointer<Float>, labels: UnsafeMutablePointer<UInt8>
    ) {
        let voxels = size.reduce(1, *)
        let channels = sample.image.count / sample.labels.count
        let zoom = scale == 1 && sample.size == size ? nil : Zoom(from: sample.size, to: size, scale: scale)
        sample.image.withUnsafeBufferPointer { source in
            sample.labels.withUnsafeBufferPointer { sourceLabels in
                guard let source = source.baseAddress, let sourceLabels = sourceLabels.baseAddress else { return }
                guard let zoom else {
                    axes.copy(sourceLabels, to: labels, size: size)
                    // Within bounds: both have `channels` times as many values as labels.
                    for channel in 0..<channels {
                        axes.copy(source + channel * voxels, to: image + channel * voxels, size: size)
                    }
                    return
                }
                let plane = sample.labels.count
                withUnsafeTemporaryAllocation(of: UInt8.self, capacity: voxels) { scratch in
                    guard let scratch = scratch.baseAddress else { return }
                    zoom.labels(sourceLabels, to: scratch)
                    axes.copy(scratch, to: labels, size: size)
                }
                withUnsafeTemporaryAllocation(of: Float.self, capacity: voxels) { scratch in
                    guard let scratch = scratch.baseAddress else { return }
                    for channel in 0..<channels {
                        zoom.values(source + channel * plane, to: scratch)
                        axes.copy(scratch, to: image + channel * voxels, size: size)
                    }
                }
            }
        }
        changeValues(image, channels: channels, voxels: voxels)
    }
}
