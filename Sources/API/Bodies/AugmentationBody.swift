/// How training samples are varied; the defaults vary nothing. What happens to a sample follows from the run's seed, the
/// step and the sample's place in its batch alone.
public struct AugmentationBody: Codable, Sendable, Hashable {
    /// Mirrors along each axis, each half of the time.
    public var flip: Bool
    /// Turns by a multiple of 90°, each of the four as often: images within their plane, volumes within each plane
    /// whose two patch sides are equal. Images that are not square are not turned.
    public var rotate90: Bool
    /// Bounds of a factor of size, applied to three in ten samples; null leaves sizes as they are.
    @OrNull public var scale: [Double]?
    /// The most that is added to or taken from all values, in standard deviations; three in ten samples.
    public var brightness: Double
    /// Bounds of a factor of each channel's distance from its mean, three in ten samples; null leaves it as it is.
    @OrNull public var contrast: [Double]?
    /// The largest standard deviation of noise added to each value, in standard deviations; three in twenty samples.
    public var noise: Double

    public init(
        flip: Bool = false, rotate90: Bool = false, scale: [Double]? = nil, brightness: Double = 0,
        contrast: [Double]? = nil, noise: Double = 0
    ) {
        self.flip = flip
        self.rotate90 = rotate90
        self.scale = scale
        self.brightness = brightness
        self.contrast = contrast
        self.noise = noise
    }

    /// Nothing is varied.
    public static let none = AugmentationBody()
    /// What leaves a body the way up it is: size, brightness, contrast and noise.
    public static let gentle = AugmentationBody(
        scale: [0.8, 1.25], brightness: 0.25, contrast: [0.75, 1.25], noise: 0.1)
    /// All of it, in strengths near those of nnU-Net (Isensee et al. 2021).
    public static let standard = AugmentationBody(
        flip: true, rotate90: true, scale: [0.7, 1.4], brightness: 0.25, contrast: [0.75, 1.25], noise: 0.1)
}

extension AugmentationBody {
    enum Preset: String, CaseIterable {
        case none, gentle, standard

        var body: AugmentationBody {
            switch self {
            case .none: .none
            case .gentle: .gentle
            case .standard: .standard
            }
        }
    }

    /// Reads an object of what to vary; what it does not name is left alone.
    init(_ fields: FieldReader) {
        self.init(
            flip: fields.boolean("flip") ?? false, rotate90: fields.boolean("rotate90") ?? false,
            scale: fields.interval("scale", in: 0.5...2), brightness: fields.number("brightness", in: 0...1) ?? 0,
            contrast: fields.interval("contrast", in: 0.5...2), noise: fields.number("noise", in: 0...1) ?? 0)
    }
}
