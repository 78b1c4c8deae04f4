import CKernels

/// The network's last unit: a transposed convolution to the planar output channels at the image's own size, norm and
/// activation, then a convolution around which its input goes unchanged.
final class OutputUnit {
    let parameters: [Parameter]
    let buffers: [StateBuffer]
    /// The network's output; the loss leaves its gradient there.
    let logits: PlanarMap
    private let initial: [ConvolutionParameters]
    private let kernels: Kernels
    private let adjoint: PlanarConvolution
    private let norm: PlanarNormActivation
    private let input: FeatureMap
    private let inputGradient: FeatureMap
    private let channels: Int
    private let taps: Int
    private let doubled: PlanarMap
    private let activated: PlanarMap
    private let rowPieces: RowPieces
    private let lastWeights: Int
    private let lastBias: Int
    private let zeros: FloatBuffer

    /// - Parameters:
    ///   - name: MONAI's, up to where `.0.conv` and `.1.conv` follow.
    ///   - inputSlots: which of the input's channels each of the weight's is.
    ///   - inputGradient: where the gradient of the input is written to.
    init(
        _ name: String, input: FeatureMap, inputGradient: FeatureMap, inputSlots: [Int], channels: Int, grid: Grid,
        normalization: UNetConfiguration.Normalization, kernels: Kernels
    ) {
        (self.input, self.inputGradient) = (input, inputGradient)
        self.kernels = kernels
        self.channels = channels
        taps = grid.dimensions == 3 ? 27 : 9
        func map() -> PlanarMap { PlanarMap(grid, channels: channels, batch: kernels.batch) }
        (doubled, activated, logits) = (map(), map(), map())
        adjoint = PlanarConvolution(
            wide: grid, channels: channels, narrow: input.grid, blocks: input.blocks, kernels: kernels)
        let arena = kernels.arena
        let kernel = [Int](repeating: 3, count: grid.dimensions)
        let outer = ConvolutionParameters(
            name + ".0.conv", shape: [inputSlots.count, channels] + kernel,
            placement: .planar(offset: adjoint.weights, narrow: inputSlots), biasCount: channels, arena: arena)
        lastWeights = arena.reserve(channels * channels * taps)
        let inner = ConvolutionParameters(
            name + ".1.conv.unit0.conv", shape: [channels, channels] + kernel, placement: .run(offset: lastWeights),
            biasCount: channels, arena: arena)
        lastBias = inner.biasOffset
        zeros = FloatBuffer(count: channels)
        norm = PlanarNormActivation(
            name + ".0.adn", channels: channels, grid: grid, kind: normalization, bias: outer.biasOffset,
            kernels: kernels)
        initial = [outer, inner]
        parameters = outer.all + norm.parameters + inner.all
        buffers = norm.buffers
        rowPieces = RowPieces(grid, rowFloats: 2 * grid.width * channels)
        var inputGrid = input.grid.ck
        let scratchCount = ck_planar_transposed_scratch(&inputGrid, Int32(taps), Int32(input.blocks))
        kernels.workspace.reserve(
            scratch: scratchCount, sums: kernels.batch * rowPieces.pieces * channels * (channels * taps + 1))
    }

    func initialize(_ generator: inout CounterGenerator) {
        for convolution in initial { convolution.initialize(&generator) }
        norm.initialize()
    }

    func forward(count: Int, training: Bool) {
        let values = kernels.arena.values
        let pieces = adjoint.rowPieces
        var (grid, inputGrid) = (logits.grid.ck, input.grid.ck)
        withUnsafePointer(to: &grid) { grid in
            withUnsafePointer(to: &inputGrid) { inputGrid in
                kernels.team.each(count * pieces.pieces) { index, thread in
                    let (sample, piece) = index.quotientAndRemainder(dividingBy: pieces.pieces)
                    let rows = pieces.range(piece)
                    // Without the bias, as the norm wants it.
                    ck_planar_transposed_forward(
                        doubled.at(sample), input.at(sample), values.at(adjoint.weights), zeros.base,
                        kernels.workspace.scratch(thread), grid, inputGrid, Int32(taps), Int32(channels),
                        Int32(input.blocks),
                        Int32(rows.lowerBound), Int32(rows.upperBound), kernels.isa)
                }
            }
            norm.forward(activated, doubled, count: count, training: training)
            eachPiece(count) { sample, index, rows in
                ck_planar_conv_forward(
                    logits.at(sample), activated.at(sample), values.at(lastWeights), values.at(lastBias), grid,
                    Int32(taps), Int32(channels), Int32(rows.lowerBound), Int32(rows.upperBound), kernels.isa)
            }
        }
    }

    /// Takes the gradient of the logits in their place; overwrites what the forward pass kept.
    func backward(count: Int) {
        let weightCount = channels * channels * taps
        let sums = kernels.workspace.partialSums(count: weightCount + channels, parts: count * rowPieces.pieces)
        var grid = logits.grid.ck
        withUnsafePointer(to: &grid) { grid in
            eachPiece(count) { sample, index, rows in
                let sum = sums[index]
                ck_planar_conv_backward_weights(
                    sum, sum + weightCount, logits.at(sample), activated.at(sample), grid, Int32(taps),
                    Int32(channels), Int32(rows.lowerBound), Int32(rows.upperBound), 0, kernels.isa)
            }
            // Apart, as it takes the place of what pieces around it have just read.
            eachPiece(count) { sample, _, rows in
                ck_planar_conv_backward_input(
                    activated.at(sample), logits.at(sample), kernels.arena.values.at(lastWeights), grid,
                    Int32(taps), Int32(channels), Int32(rows.lowerBound), Int32(rows.upperBound), kernels.isa)
            }
        }
        let gradients = kernels.arena.gradients
        sums.merge()
        gradients.at(lastWeights).update(from: sums[0], count: weightCount)
        gradients.at(lastBias).update(from: sums[0] + weightCount, count: channels)
        norm.backward(doubled, activated, count: count)
        adjoint.weightGradient(input, doubled, count: count)
        adjoint.forward(inputGradient, doubled, count: count)
    }

    /// Calls `body` with sample, number of the piece in the batch, and rows.
    private func eachPiece(_ count: Int, _ body: (Int, Int, Range<Int>) -> Void) {
        kernels.team.each(count * rowPieces.pieces) { index in
            let (sample, piece) = index.quotientAndRemainder(dividingBy: rowPieces.pieces)
            body(sample, index, rowPieces.range(piece))
        }
    }
}
