/// What training samples are varied by, as the claim tells it. The defaults vary nothing.
struct AugmentationRecipe: Codable, Sendable, Equatable {
    /// Mirror along each axis, each half of the time.
    var flip = false
    /// Turn by a multiple of 90°, in each plane whose two sides are equal.
    var rotate90 = false
    /// Lower and upper bound of a factor of size.
    var scale: [Double]?
    /// The most that is added to or taken from all values.
    var brightness = 0.0
    /// Lower and upper bound of a factor of each channel's distance from its mean.
    var contrast: [Double]?
    /// The largest standard deviation of noise.
    var noise = 0.0

    /// Whether there are bounds that no server hands out.
    var isSound: Bool {
        [scale, contrast].allSatisfy { bounds in
            guard let bounds else { return true }
            return bounds.count == 2 && bounds.allSatisfy { (0.1...10).contains($0) } && bounds[0] <= bounds[1]
        } && [brightness, noise].allSatisfy { (0...100).contains($0) }
    }
}
