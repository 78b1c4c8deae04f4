import CKernels

/// The residual unit at the bottom: two convolutions with norm and activation, and around them a 1×1 convolution, or
/// nothing where the channels stay as many.
final class BottomUnit {
    let parameters: [Parameter]
    let buffers: [StateBuffer]
    private let initial: [ConvolutionParameters]
    private let first: any FeatureConvolution
    private let second: any FeatureConvolution
    private let shortcut: (any FeatureConvolution)?
    private let shortcutBias: Int?
    private let firstNorm: NormActivation
    private let secondNorm: NormActivation
    private let input: FeatureMap
    private let inputGradient: FeatureMap
    private let output: FeatureMap
    private let outputGradient: FeatureMap
    private let firstResult: FeatureMap
    private let activated: FeatureMap
    private let secondResult: FeatureMap
    private let shortcutResult: FeatureMap

    /// - Parameters:
    ///   - name: MONAI's, of the residual unit.
    ///   - inputGradient: where the gradient of the input is added to.
    init(
        _ name: String, input: FeatureMap, inputGradient: FeatureMap, inChannels: Int, channels: Int,
        output: FeatureMap, outputGradient: FeatureMap, normalization: UNetConfiguration.Normalization, kernels: Kernels
    ) {
        (self.input, self.inputGradient) = (input, inputGradient)
        (self.output, self.outputGradient) = (output, outputGradient)
        let (grid, arena) = (output.grid, kernels.arena)
        let blocks = Lanes.blocks(channels)
        func map() -> FeatureMap { FeatureMap(grid, blocks: blocks, batch: kernels.batch) }
        (firstResult, activated, secondResult) = (map(), map(), map())
        func convolution(_ from: Int, kernel: Int = 3) -> any FeatureConvolution {
            kernels.convolution(
                wide: grid, wideBlocks: from, narrow: grid, narrowBlocks: blocks, kernel: kernel, stride: 1)
        }
        func parameters(
            _ name: String, _ convolution: any FeatureConvolution, from: Int, kernel: Int = 3
        ) -> ConvolutionParameters {
            ConvolutionParameters(
                name, shape: [channels, from] + [Int](repeating: kernel, count: grid.dimensions),
                placement: .blocked(
                    offset: convolution.weights, narrow: ChannelSlots.run(channels), wide: ChannelSlots.run(from),
                    wideBlocks: Lanes.blocks(from)), biasCount: channels, arena: arena)
        }
        first = convolution(input.blocks)
        second = convolution(blocks)
        let outer = parameters(name + ".conv.unit0.conv", first, from: inChannels)
        let inner = parameters(name + ".conv.unit1.conv", second, from: channels)
        firstNorm = NormActivation(
            name + ".conv.unit0.adn", channels: channels, grid: grid, kind: normalization, bias: outer.biasOffset,
            pieces: first.pieces, kernels: kernels)
        secondNorm = NormActivation(
            name + ".conv.unit1.adn", channels: channels, grid: grid, kind: normalization, bias: inner.biasOffset,
            pieces: second.pieces, kernels: kernels)
        var all = outer.all + firstNorm.parameters + inner.all + secondNorm.parameters
        if inChannels == channels {
            (shortcut, shortcutBias, shortcutResult) = (nil, nil, input)
            initial = [outer, inner]
        } else {
            let pointwise = convolution(input.blocks, kernel: 1)
            let around = parameters(name + ".residual", pointwise, from: inChannels, kernel: 1)
            (shortcut, shortcutBias, shortcutResult) = (pointwise, around.biasOffset, map())
            initial = [outer, inner, around]
            all += around.all
        }
        self.parameters = all
        buffers = firstNorm.buffers + secondNorm.buffers
    }

    func initialize(_ generator: inout CounterGenerator) {
        for convolution in initial { convolution.initialize(&generator) }
        firstNorm.initialize()
        secondNorm.initialize()
    }

    func forward(count: Int, training: Bool) {
        let moments = firstNorm.needsMoments(training: training)
        first.forward(firstResult, input, count: count, moments: moments ? firstNorm.moments : nil)
        firstNorm.forward(activated, firstResult, count: count, training: training)
        second.forward(secondResult, activated, count: count, moments: moments ? secondNorm.moments : nil)
        shortcut?.forward(shortcutResult, input, count: count)
        secondNorm.forward(
            output, secondResult, adding: shortcutResult, addBias: shortcutBias, count: count, training: training)
    }

    /// Takes the gradient of the output; overwrites what the forward pass kept.
    func backward(count: Int) {
        secondNorm.backward(secondResult, outputGradient, addBias: shortcutBias, count: count)
        second.weightGradient(secondResult, activated, count: count)
        second.adjoint(activated, secondResult, count: count)
        firstNorm.backward(firstResult, activated, count: count)
        first.weightGradient(firstResult, input, count: count)
        first.adjoint(inputGradient, firstResult, adding: inputGradient, count: count)
        if let shortcut {
            shortcut.weightGradient(outputGradient, input, count: count)
            shortcut.adjoint(inputGradient, outputGradient, adding: inputGradient, count: count)
        } else {
            for sample in 0..<count { inputGradient.add(outputGradient, sample: sample) }
        }
    }
}
