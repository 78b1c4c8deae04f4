/// A transposed convolution that doubles the grid, with norm and activation, then a residual unit of one convolution
/// around which its input goes unchanged.
final class UpUnit {
    let parameters: [Parameter]
    let buffers: [StateBuffer]
    private let initial: [ConvolutionParameters]
    private let doubling: any FeatureConvolution
    private let second: any FeatureConvolution
    private let firstNorm: NormActivation
    private let secondNorm: NormActivation
    private let input: FeatureMap
    private let inputGradient: FeatureMap
    private let output: FeatureMap
    private let outputGradient: FeatureMap
    private let firstResult: FeatureMap
    private let activated: FeatureMap
    private let secondResult: FeatureMap

    /// - Parameters:
    ///   - name: MONAI's, up to where `.0.conv` and `.1.conv` follow.
    ///   - inputSlots: which of the input's channels each of the weight's is.
    ///   - inputGradient: where the gradient of the input is written to.
    init(
        _ name: String, input: FeatureMap, inputGradient: FeatureMap, inputSlots: [Int], channels: Int,
        output: FeatureMap, outputGradient: FeatureMap, normalization: UNetConfiguration.Normalization, kernels: Kernels
    ) {
        (self.input, self.inputGradient) = (input, inputGradient)
        (self.output, self.outputGradient) = (output, outputGradient)
        let (grid, arena) = (output.grid, kernels.arena)
        let blocks = Lanes.blocks(channels)
        func map() -> FeatureMap { FeatureMap(grid, blocks: blocks, batch: kernels.batch) }
        (firstResult, activated, secondResult) = (map(), map(), map())
        // A transposed convolution is the adjoint of one from its output to its input.
        doubling = kernels.convolution(
            wide: grid, wideBlocks: blocks, narrow: input.grid, narrowBlocks: input.blocks, stride: 2)
        second = kernels.convolution(
            wide: grid, wideBlocks: blocks, narrow: grid, narrowBlocks: blocks, stride: 1)
        let taps = [Int](repeating: 3, count: grid.dimensions)
        let slots = ChannelSlots.run(channels)
        let outer = ConvolutionParameters(
            name + ".0.conv", shape: [inputSlots.count, channels] + taps,
            placement: .blocked(offset: doubling.weights, narrow: inputSlots, wide: slots, wideBlocks: blocks),
            biasCount: channels, arena: arena)
        let inner = ConvolutionParameters(
            name + ".1.conv.unit0.conv", shape: [channels, channels] + taps,
            placement: .blocked(offset: second.weights, narrow: slots, wide: slots, wideBlocks: blocks),
            biasCount: channels, arena: arena)
        firstNorm = NormActivation(
            name + ".0.adn", channels: channels, grid: grid, kind: normalization, bias: outer.biasOffset,
            pieces: doubling.pieces, kernels: kernels)
        secondNorm = NormActivation(
            name + ".1.conv.unit0.adn", channels: channels, grid: grid, kind: normalization, bias: inner.biasOffset,
            pieces: second.pieces, kernels: kernels)
        initial = [outer, inner]
        parameters = outer.all + firstNorm.parameters + inner.all + secondNorm.parameters
        buffers = firstNorm.buffers + secondNorm.buffers
    }

    func initialize(_ generator: inout CounterGenerator) {
        for convolution in initial { convolution.initialize(&generator) }
        firstNorm.initialize()
        secondNorm.initialize()
    }

    func forward(count: Int, training: Bool) {
        let moments = firstNorm.needsMoments(training: training)
        doubling.adjoint(firstResult, input, count: count, moments: moments ? firstNorm.moments : nil)
        firstNorm.forward(activated, firstResult, count: count, training: training)
        second.forward(secondResult, activated, count: count, moments: moments ? secondNorm.moments : nil)
        secondNorm.forward(output, secondResult, adding: activated, count: count, training: training)
    }

    /// Takes the gradient of the output; overwrites what the forward pass kept.
    func backward(count: Int) {
        secondNorm.backward(secondResult, outputGradient, count: count)
        second.weightGradient(secondResult, activated, count: count)
        second.adjoint(activated, secondResult, adding: outputGradient, count: count)
        firstNorm.backward(firstResult, activated, count: count)
        doubling.weightGradient(input, firstResult, count: count)
        doubling.forward(inputGradient, firstResult, count: count)
    }
}
