/// A uni-directional, one-layer LSTM with a linear head, as a value: PyTorch's `nn.LSTM(batch_first=True)` followed by
/// `nn.Linear`, with the gates in the order input, forget, cell, output.
///
/// Passes run on the calling thread.
public struct LSTM: Sendable {
    public let configuration: LSTMConfiguration

    /// All parameters one after the other: `weight_ih_l0` [4H, I], `weight_hh_l0` [4H, H], `bias_ih_l0` [4H],
    /// `bias_hh_l0` [4H], `head.weight` [O, H], `head.bias` [O].
    public internal(set) var parameters: [Float]

    /// Weights drawn uniformly from ±1/√H as PyTorch does (from our own generator), forget biases 1 in sum.
    public init(configuration: LSTMConfiguration, seed: UInt64) {
        self.configuration = configuration
        let bound = 1 / Float(configuration.hiddenSize).squareRoot()
        var state = seed
        parameters = (0..<configuration.parameterCount).map { _ in
            // SplitMix64 (Steele, Lea, Flood 2014); its 24 high bits as a number in [0, 1).
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            mixed ^= mixed >> 31
            return (Float(mixed >> 40) / Float(1 << 24) * 2 - 1) * bound
        }
        let hidden = configuration.hiddenSize
        for (slot, value) in [(2, Float(1)), (3, Float(0))] {
            let start = configuration.slots[slot].range.lowerBound + hidden
            for index in start..<(start + hidden) { parameters[index] = value }
        }
    }

    /// - throws: ``LSTMError/shapeMismatch(name:expected:got:)`` when the number of parameters is another.
    public init(configuration: LSTMConfiguration, parameters: [Float]) throws {
        guard parameters.count == configuration.parameterCount else {
            throw LSTMError.shapeMismatch(
                name: "parameters", expected: configuration.parameterCount, got: parameters.count)
        }
        self.configuration = configuration
        self.parameters = parameters
    }

    /// PyTorch's state-dict names, with shape and values.
    public var namedParameters: [(name: String, shape: [Int], values: [Float])] {
        configuration.slots.map { ($0.name, $0.shape, Array(parameters[$0.range])) }
    }

    /// Sets the head's bias, the output for a hidden state of zero.
    ///
    /// - precondition: `values` has one number per output.
    public mutating func setHeadBias(_ values: [Float]) {
        precondition(values.count == configuration.outputSize)
        parameters.replaceSubrange(configuration.slots[5].range, with: values)
    }

    /// The head's output, [N, O] or [N, T, O] by the configuration's head.
    public func predict(_ sequences: LSTMSequences) throws -> [Float] {
        try forward(sequences).output
    }
}
