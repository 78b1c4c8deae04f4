/// Names and places of a convolution's weight and bias, and how they start.
struct ConvolutionParameters {
    let weight: Parameter
    let bias: Parameter
    /// Inputs that one output sums over, as PyTorch counts them.
    private let fanIn: Int

    /// - Parameters:
    ///   - name: MONAI's, up to `.conv` or `.residual`.
    ///   - shape: of the weight, [K, C, taps…].
    ///   - biasCount: K, or C where the convolution is transposed.
    init(_ name: String, shape: [Int], placement: Placement, biasCount: Int, arena: ParameterArena) {
        weight = Parameter(name: name + ".weight", shape: shape, arena: arena, placement: placement)
        bias = Parameter(
            name: name + ".bias", shape: [biasCount], arena: arena,
            placement: .run(offset: arena.reserve(biasCount)))
        fanIn = shape[1...].reduce(1, *)
    }

    var all: [Parameter] { [weight, bias] }

    /// Where the bias lies in the arena.
    var biasOffset: Int {
        guard case .run(let offset) = bias.placement else { preconditionFailure("a bias is a run") }
        return offset
    }

    /// PyTorch's default: uniform within ±1/√fan-in (He et al. 2015 with a = √5); a transposed convolution's fan-in is
    /// counted over its output channels, as PyTorch does.
    func initialize(_ generator: inout CounterGenerator) {
        let bound = 1 / Float(fanIn).squareRoot()
        for parameter in all {
            parameter.drawValues { (2 * Float(generator.uniform()) - 1) * bound }
        }
    }
}

/// Which channel of a blocked tensor each of a parameter's channels is.
enum ChannelSlots {
    /// One after another from a block on.
    static func run(_ channels: Int, fromBlock block: Int = 0) -> [Int] {
        (0..<channels).map { block * Lanes.count + $0 }
    }
}
