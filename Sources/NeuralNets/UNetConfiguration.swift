/// The shape of a residual U-Net: MONAI's `UNet(num_res_units=2, strides=2, act="PRELU")`.
public struct UNetConfiguration: Sendable, Hashable, Codable {
    public enum Normalization: String, Sendable, Codable, CaseIterable { case batch, instance }

    public var inChannels: Int
    public var outChannels: Int
    /// Feature channels of each level.
    public var channels: [Int]
    public var normalization: Normalization

    /// `layers` levels of 16·2^level channels.
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

    /// Trained numbers of the network, without building it.
    public var parameterCount: Int {
        var total = 0
        func convolution(_ from: Int, _ to: Int, _ kernel: Int = 3) { total += from * to * kernel * kernel + to }
        func normActivation(_ channels: Int) { total += (normalization == .batch ? 2 * channels : 0) + 1 }
        func residualUnit(_ from: Int, _ to: Int, shortcut: Int) {
            convolution(from, to)
            normActivation(to)
            convolution(to, to)
            normActivation(to)
            convolution(from, to, shortcut)
        }
        for level in 0..<layers - 1 {
            let isTop = level == 0
            residualUnit(isTop ? inChannels : channels[level - 1], channels[level], shortcut: 3)
            let below = level == layers - 2 ? channels[level + 1] : channels[level]
            let out = isTop ? outChannels : channels[level - 1]
            convolution(channels[level] + below, out)
            normActivation(out)
            convolution(out, out)
            if !isTop { normActivation(out) }
        }
        residualUnit(channels[layers - 2], channels[layers - 1], shortcut: 1)
        return total
    }

    /// - Throws: `NeuralNetsError.shape` where no such network can be built for images of this size.
    public func validate(height: Int, width: Int) throws {
        guard layers >= 2, channels.allSatisfy({ $0 > 0 }), inChannels > 0, outChannels > 0 else {
            throw NeuralNetsError.shape("a U-Net needs at least 2 levels, each with channels; got \(channels)")
        }
        guard height > 0, width > 0, height.isMultiple(of: sizeMultiple), width.isMultiple(of: sizeMultiple) else {
            throw NeuralNetsError.shape(
                "height and width must be multiples of \(sizeMultiple) for \(layers) levels; got \(height)×\(width)")
        }
    }
}
