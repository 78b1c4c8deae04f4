/// A residual unit that halves the grid: two convolutions with norm and activation, the first with stride 2, and a third
/// with stride 2 around them. The two that stride read the same input, so they are computed as one.
final class DownUnit {
    /// What the unit reads.
    enum Input {
        case image(PlanarMap)
        /// Features, and where their gradient is added to.
        case features(FeatureMap, channels: Int, gradient: FeatureMap)
    }

    private enum Entry {
        case planar(PlanarConvolution, PlanarMap)
        case blocked(any FeatureConvolution, FeatureMap, gradient: FeatureMap)
    }

    let parameters: [Parameter]
    let buffers: [StateBuffer]
    private let initial: [ConvolutionParameters]
    private let entry: Entry
    private let second: any FeatureConvolution
    private let firstNorm: NormActivation
    private let secondNorm: NormActivation
    private let shortcutBias: Int
    private let output: FeatureMap
    private let outputGradient: FeatureMap
    /// The strided convolutions' results side by side: the first's, the shortcut's.
    private let strided: FeatureMap
    private let blocks: Int
    private let activated: FeatureMap
    private let unnormalized: FeatureMap

    /// - Parameter name: MONAI's, of the residual unit.
    init(
        _ name: String, input: Input, channels: Int, output: FeatureMap, outputGradient: FeatureMap,
        normalization: UNetConfiguration.Normalization, kernels: Kernels
    ) {
        let grid = output.grid
        let arena = kernels.arena
        let blocks = Lanes.blocks(channels)
        self.blocks = blocks
        self.output = output
        self.outputGradient = outputGradient
        strided = FeatureMap(grid, blocks: 2 * blocks, batch: kernels.batch)
        activated = FeatureMap(grid, blocks: blocks, batch: kernels.batch)
        unnormalized = FeatureMap(grid, blocks: blocks, batch: kernels.batch)
        let taps = [Int](repeating: 3, count: grid.dimensions)
        second = kernels.convolution(
            wide: grid, wideBlocks: blocks, narrow: grid, narrowBlocks: blocks, stride: 1)
        let pieces: Int
        let place: (Int) -> Placement
        let inChannels: Int
        switch input {
        case .image(let image):
            let convolution = PlanarConvolution(
                wide: image.grid, channels: image.channels, narrow: grid, blocks: 2 * blocks, kernels: kernels)
            entry = .planar(convolution, image)
            (inChannels, pieces) = (image.channels, convolution.rowPieces.pieces)
            place = { .planar(offset: convolution.weights, narrow: ChannelSlots.run(channels, fromBlock: $0)) }
        case .features(let features, let count, let gradient):
            let convolution = kernels.convolution(
                wide: features.grid, wideBlocks: features.blocks, narrow: grid, narrowBlocks: 2 * blocks, stride: 2)
            entry = .blocked(convolution, features, gradient: gradient)
            (inChannels, pieces) = (count, convolution.pieces)
            place = {
                .blocked(
                    offset: convolution.weights, narrow: ChannelSlots.run(channels, fromBlock: $0),
                    wide: ChannelSlots.run(count), wideBlocks: features.blocks)
            }
        }
        let first = ConvolutionParameters(
            name + ".conv.unit0.conv", shape: [channels, inChannels] + taps, placement: place(0), biasCount: channels,
            arena: arena)
        let shortcut = ConvolutionParameters(
            name + ".residual", shape: [channels, inChannels] + taps, placement: place(blocks), biasCount: channels,
            arena: arena)
        let inner = ConvolutionParameters(
            name + ".conv.unit1.conv", shape: [channels, channels] + taps,
            placement: .blocked(
                offset: second.weights, narrow: ChannelSlots.run(channels), wide: ChannelSlots.run(channels),
                wideBlocks: blocks), biasCount: channels, arena: arena)
        shortcutBias = shortcut.biasOffset
        firstNorm = NormActivation(
            name + ".conv.unit0.adn", channels: channels, grid: grid, kind: normalization, bias: first.biasOffset,
            pieces: pieces, kernels: kernels)
        secondNorm = NormActivation(
            name + ".conv.unit1.adn", channels: channels, grid: grid, kind: normalization, bias: inner.biasOffset,
            pieces: second.pieces, kernels: kernels)
        initial = [first, inner, shortcut]
        parameters = first.all + firstNorm.parameters + inner.all + secondNorm.parameters + shortcut.all
        buffers = firstNorm.buffers + secondNorm.buffers
    }

    func initialize(_ generator: inout CounterGenerator) {
        for convolution in initial { convolution.initialize(&generator) }
        firstNorm.initialize()
        secondNorm.initialize()
    }

    func forward(count: Int, training: Bool) {
        let moments = firstNorm.needsMoments(training: training)
        switch entry {
        case .planar(let convolution, let image):
            convolution.forward(strided, image, count: count, moments: moments ? firstNorm.moments : nil)
        case .blocked(let convolution, let features, _):
            convolution.forward(strided, features, count: count, moments: moments ? firstNorm.moments : nil)
        }
        firstNorm.forward(activated, strided[0..<blocks], count: count, training: training)
        second.forward(unnormalized, activated, count: count, moments: moments ? secondNorm.moments : nil)
        secondNorm.forward(
            output, unnormalized, adding: strided[blocks..<2 * blocks], addBias: shortcutBias, count: count,
            training: training)
    }

    /// Takes the gradient of the output; overwrites what the forward pass kept.
    func backward(count: Int) {
        secondNorm.backward(
            unnormalized, outputGradient, copy: strided[blocks..<2 * blocks], addBias: shortcutBias, count: count)
        second.weightGradient(unnormalized, activated, count: count)
        second.adjoint(activated, unnormalized, count: count)
        firstNorm.backward(strided[0..<blocks], activated, count: count)
        switch entry {
        case .planar(let convolution, let image):
            convolution.weightGradient(strided, image, count: count)
        case .blocked(let convolution, let features, let gradient):
            convolution.weightGradient(strided, features, count: count)
            convolution.adjoint(gradient, strided, adding: gradient, count: count)
        }
    }
}
