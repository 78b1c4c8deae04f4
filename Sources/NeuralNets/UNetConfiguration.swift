/// The shape of a residual U-Net: MONAI's `UNet(num_res_units=2, strides=2, act="PRELU")`.
public struct UNetConfiguration: Sendable, Hashable, Codable {
    public enum Normalization: String, Sendable, Codable, CaseIterable { case batch, instance }

    public var inChannels: Int
    public var outChannels: Int
    /// Feature channels of each level.
    public var channels: [Int]
    public var normalization: Normalization

    /// `layers` levels of 16·2^level channels.
    ///
    /// - Precondition: `layers` in 0…32.
    public init(inChannels: Int, outChannels: Int, layers: Int, normalization: Normalization = .batch) {
        self.init(
            inChannels: inChannels, outChannels: outChannels, channels: (0..<layers).map { 16 << $0 },
            normalization: normalization)
    }

    public init(inChannels: Int, outChannels: Int, channels: [Int], normalization: Normalization = .batch) {
        self.inChannels = inChannels
        self.outChannels = outChannels
        self.channels = channels
        self.normalization = normalization
    }

    public var layers: Int { channels.count }

    /// Height and width must be multiples of this: each level but the first halves them.
    public var sizeMultiple: Int { 1 << (layers - 1) }

    /// Trained numbers of the network, without building it; 0 for fewer than 2 levels.
    public var parameterCount: Int {
        guard layers >= 2 else { return 0 }
        var total = 0
        func convolution(_ from: Int, _ to: Int, _ kernel: Int = 3) { total += from * to * kernel * kernel + to }
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

    /// - Parameter batch: images of one training step.
    /// - Throws: `NeuralNetsError.shape` where no such network can be trained on batches of images of this size.
    public func validate(batch: Int, height: Int, width: Int) throws {
        guard (2...Self.mostLayers).contains(layers) else {
            throw NeuralNetsError.shape("a U-Net has 2 to \(Self.mostLayers) levels; got \(layers)")
        }
        guard inChannels > 0, outChannels > 0, channels.allSatisfy({ (1...1 << 16).contains($0) }) else {
            throw NeuralNetsError.shape(
                "every level, the input and the output need 1 to 65536 channels; got \(channels)")
        }
        guard (1...1 << 16).contains(height), (1...1 << 16).contains(width), height.isMultiple(of: sizeMultiple),
            width.isMultiple(of: sizeMultiple)
        else {
            throw NeuralNetsError.shape(
                "height and width must be multiples of \(sizeMultiple) for \(layers) levels; got \(height)×\(width)")
        }
        let bottom = (height / sizeMultiple) * (width / sizeMultiple)
        // The mean of a single value is that value: what is left after normalisation is always zero.
        guard batch > 0, bottom * (normalization == .batch ? batch : 1) > 1 else {
            throw NeuralNetsError.shape(
                "\(normalization.rawValue) normalisation would have one value per channel at the lowest of \(layers) levels "
                    + "of a \(height)×\(width) image in batches of \(batch); use fewer levels or larger images")
        }
    }

    /// More would halve a 65,536-pixel image to less than one.
    private static let mostLayers = 16
}
