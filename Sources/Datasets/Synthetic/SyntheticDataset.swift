/// A generated data set in the layout image-mask: one polyp-like shape on mucosa-like texture per image. The same
/// settings give the same bytes wherever the C library computes the same sines.
public struct SyntheticDataset: Sendable {
    /// Images to draw.
    public var count: Int
    /// In pixels, as `width`.
    public var height: Int
    public var width: Int
    /// 0: strong contrast and sharp borders; 1: faint, blurred, with look-alikes.
    public var difficulty: Double
    public var seed: UInt64

    public init(count: Int, height: Int, width: Int, difficulty: Double = 0.5, seed: UInt64 = 0) {
        self.count = count
        self.height = height
        self.width = width
        self.difficulty = min(1, max(0, difficulty))
        self.seed = seed
    }

    /// Draws into `folder`/images and `folder`/masks, as PNG.
    ///
    /// - Throws: `DatasetError.io`, also where `folder` already holds images.
    public func write(to folder: String) throws {
        let files = try DrawnFiles(folder, subfolders: ["images", "masks"])
        for index in 0..<count {
            let (image, mask) = draw(index)
            let name = DrawnFiles.stem(index, of: count) + ".png"
            try files.save(try image.encodedPNG(), "images/" + name)
            try files.save(try mask.encodedPNG(), "masks/" + name)
        }
    }

    func draw(_ index: Int) -> (image: DecodedImage, mask: DecodedImage) {
        // Mixed before the index is added: SplitMix64 steps by a constant, so that near seeds would draw from one stream.
        var mixer = SplitMix(seed: seed)
        let scene = SyntheticScene(
            difficulty: difficulty, random: SplitMix(seed: mixer.next() &+ UInt64(index)))
        var pixels: [UInt8] = []
        var mask: [UInt8] = []
        pixels.reserveCapacity(3 * height * width)
        mask.reserveCapacity(height * width)
        for y in 0..<height {
            for x in 0..<width {
                let point = (x: (Double(x) + 0.5) / Double(width), y: (Double(y) + 0.5) / Double(height))
                let (colour, isPolyp) = scene.sample(point.x, point.y)
                pixels += colour.map { UInt8(min(255, max(0, ($0 * 255).rounded()))) }
                mask.append(isPolyp ? 255 : 0)
            }
        }
        return (
            DecodedImage(width: width, height: height, channels: 3, pixels: pixels),
            DecodedImage(width: width, height: height, channels: 1, pixels: mask)
        )
    }
}
