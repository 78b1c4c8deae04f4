/// The shape of a residual U-Net: MONAI's `UNet(num_res_units=2, strides=2, act="PRELU")`.
public struct UNetConfiguration: Sendable, Hashable, Codable {
    public enum Normalization: String, Sendable, Codable, CaseIterable { case batch, instance }

    /// What the logits mean.
    public enum Output: String, Sendable, Codable, CaseIterable {
        /// Each channel is a class of its own, foreground where its probability is above one half; classes may overlap.
        case sigmoid
        /// One class a position, the most probable; channel 0 is the background.
        case softmax
    }

    /// 2 or 3.
    public var dimensions: Int
    public var inChannels: Int
    public var outChannels: Int
    /// Feature channels of each level.
    public var channels: [Int]
    /// The default is batch.
    public var normalization: Normalization
    /// The default is sigmoid.
    public var output: Output

    /// `layers` levels of 16·2^level channels.
    ///
    /// - Precondition: `layers` in 0…32.
    public init(
        dimensions: Int = 2, inChannels: Int, outChannels: Int, layers: Int, normalization: Normalization = .batch,
        output: Output = .sigmoid
    ) {
        self.init(
            dimensions: dimensions, inChannels: inChannels, outChannels: outChannels,
            channels: (0..<layers).map { 16 << $0 }, normalization: normalization, output: output)
    }

    public init(
        dimensions: Int = 2, inChannels: Int, outChannels: Int, channels: [Int], normalization: Normalization = .batch,
        output: Output = .sigmoid
    ) {
        self.dimensions = dimensions
        self.inChannels = inChannels
        self.outChannels = outChannels
        self.channels = channels
        self.normalization = normalization
        self.output = output
    }

    public var layers: Int { channels.count }

    /// The network works on sides that are multiples of this, as each level but the first halves them; smaller ones are
    /// padded with zeros.
    public var sizeMultiple: Int { 1 << (layers - 1) }

    /// The size that an image of `size` is padded to.
    public func paddedSize(_ size: [Int]) -> [Int] {
        size.map { ($0 + sizeMultiple - 1) / sizeMultiple * sizeMultiple }
    }

    /// Classes that a score is taken of: all output channels but the background's.
    public var foregroundClasses: Int { output == .softmax ? outChannels - 1 : outChannels }

    /// Trained numbers of the network, without building it; 0 for fewer than 2 levels.
    public var parameterCount: Int {
        guard layers >= 2 else { return 0 }
        var total = 0
        func convolution(_ from: Int, _ to: Int, _ kernel: Int = 3) {
            total += from * to * (dimensions == 3 ? kernel : 1) * kernel * kernel + to
        }
        func normActivation(_ channels: Int) { total += (normalization == .batch ? 2 * channels : 0) + 1 }
        func residualUnit(_ from: Int, _ to: Int, stride: Int) {
            convolution(from, to)
            normActivation(to)
            convolution(to, to)
            normActivation(to)
            if stride > 1 || from != to { convolution(from, to, stride > 1 ? 3 : 1) }
        }
        for level in 0..<layers - 1 {
            let isTop = level == 0
            residualUnit(isTop ? inChannels : channels[level - 1], channels[level], stride: 2)
            let below = level == layers - 2 ? channels[level + 1] : channels[level]
            let out = isTop ? outChannels : channels[level - 1]
            convolution(channels[level] + below, out)
            normActivation(out)
            convolution(out, out)
            if !isTop { normActivation(out) }
        }
        residualUnit(channels[layers - 2], channels[layers - 1], stride: 1)
        return total
    }

    /// - Parameters:
    ///   - batch: images of one training step.
    ///   - size: [H, W] or [D, H, W], multiples of `sizeMultiple`.
    /// - Throws: `NeuralNetsError.shape` where no such network can be trained on batches of images of this size.
    func validate(batch: Int, size: [Int]) throws {
        guard (2...3).contains(dimensions), size.count == dimensions else {
            throw NeuralNetsError.shape("a network of \(dimensions) dimensions can't take images of size \(size)")
        }
        guard (2...Self.mostLayers).contains(layers) else {
            throw NeuralNetsError.shape("a U-Net has 2 to \(Self.mostLayers) levels; got \(layers)")
        }
        guard inChannels > 0, channels.allSatisfy({ (1...1 << 16).contains($0) }) else {
            throw NeuralNetsError.shape("every level and the input need 1 to 65536 channels; got \(channels)")
        }
        guard (output == .softmax ? 2...Self.mostClasses : 1...Self.mostClasses).contains(outChannels) else {
            throw NeuralNetsError.shape(
                output == .softmax
                    ? "softmax needs 2 to \(Self.mostClasses) output channels, the background among them; got \(outChannels)"
                    : "the output needs 1 to \(Self.mostClasses) channels; got \(outChannels)")
        }
        guard size.allSatisfy({ (1...1 << 16).contains($0) && $0.isMultiple(of: sizeMultiple) }) else {
            throw NeuralNetsError.shape("sides must be multiples of \(sizeMultiple) for \(layers) levels; got \(size)")
        }
        let bottom = size.reduce(1) { $0 * ($1 / sizeMultiple) }
        // The mean of a single value is that value: what is left after normalisation is always zero.
        guard batch > 0, bottom * (normalization == .batch ? batch : 1) > 1 else {
            throw NeuralNetsError.shape(
                "\(normalization.rawValue) normalisation would have one value per channel at the lowest of \(layers) levels "
                    + "of images of size \(size) in batches of \(batch); use fewer levels or larger images")
        }
    }

    /// More would halve a 65,536-pixel image to less than one.
    private static let mostLayers = 16
    private static let mostClasses = 64
}
