import CKernels

/// Normalisation, then PReLU: batch normalisation (Ioffe & Szegedy 2015) with affine parameters and running statistics,
/// or instance normalisation (Ulyanov et al. 2016) with neither, as MONAI's defaults have it, eps 1e-5, momentum 0.1;
/// then z where positive, else slope·z, with one trained slope (He et al. 2015), 0.25 at first.
///
/// What goes in is a convolution without its bias. Batch statistics take any constant out again, so in training the
/// bias has no effect and its gradient is exactly zero; evaluation adds it.
final class NormActivation {
    static let epsilon = 1e-5
    private static let momentum: Float = 0.1

    let parameters: [Parameter]
    let buffers: [StateBuffer]
    let moments: Moments
    private let channels: Int
    private let blocks: Int
    private let isBatch: Bool
    private let kernels: Kernels
    private let gamma: Int
    private let beta: Int
    private let slope: Int
    private let bias: Int
    private let runningMean: StateBuffer
    private let runningVariance: StateBuffer
    private let rowPieces: RowPieces
    private let sums: UnsafeMutableBufferPointer<Double>
    // Of each channel, or of each sample's channels.
    private let scale: FloatBuffer
    private let shift: FloatBuffer
    private let mean: FloatBuffer
    private let inverseDeviation: FloatBuffer
    private let factor: FloatBuffer
    private let offset: FloatBuffer
    private let zeros = FloatBuffer(count: Lanes.count)

    /// - Parameters:
    ///   - name: MONAI's, up to `.adn`.
    ///   - bias: where the bias of the convolution in front lies in the arena.
    ///   - pieces: of the moments that the convolution in front takes.
    init(
        _ name: String, channels: Int, grid: Grid, kind: UNetConfiguration.Normalization, bias: Int, pieces: Int,
        kernels: Kernels
    ) {
        self.channels = channels
        self.kernels = kernels
        self.bias = bias
        isBatch = kind == .batch
        blocks = Lanes.blocks(channels)
        moments = Moments(batch: kernels.batch, blocks: blocks, pieces: pieces)
        rowPieces = RowPieces(grid, rowFloats: 4 * grid.width * Lanes.count)
        let arena = kernels.arena
        gamma = arena.reserve(channels)
        beta = arena.reserve(channels)
        slope = arena.reserve(1)
        runningMean = StateBuffer(name + ".N.running_mean", shape: [channels], initial: 0)
        runningVariance = StateBuffer(name + ".N.running_var", shape: [channels], initial: 1)
        let affine = [("weight", gamma), ("bias", beta)].map { suffix, offset in
            Parameter(name: "\(name).N.\(suffix)", shape: [channels], arena: arena, placement: .run(offset: offset))
        }
        parameters =
            (isBatch ? affine : [])
            + [Parameter(name: name + ".A.weight", shape: [1], arena: arena, placement: .run(offset: slope))]
        buffers = isBatch ? [runningMean, runningVariance] : []
        sums = .allocate(capacity: kernels.batch * blocks * rowPieces.pieces * Int(CK_NORM_SUMS))
        sums.initialize(repeating: 0)
        let count = (isBatch ? 1 : kernels.batch) * blocks * Lanes.count
        (scale, shift) = (FloatBuffer(count: count), FloatBuffer(count: count))
        (mean, inverseDeviation) = (FloatBuffer(count: count), FloatBuffer(count: count))
        (factor, offset) = (FloatBuffer(count: count), FloatBuffer(count: count))
    }

    deinit { sums.deallocate() }

    func initialize() {
        for channel in 0..<channels { kernels.arena.values.base[gamma + channel] = 1 }
        kernels.arena.values.base[slope] = 0.25
    }

    /// Whether a pass needs `moments` of its input.
    func needsMoments(training: Bool) -> Bool { training || !isBatch }

    /// out = PReLU(norm(y)), or that plus `add` plus the bias at `addBias` in the arena; out may not be y.
    func forward(
        _ out: FeatureMap, _ y: FeatureMap, adding add: FeatureMap? = nil, addBias: Int? = nil, count: Int,
        training: Bool
    ) {
        prepare(count: count, training: training)
        let slope = kernels.arena.values.base[slope]
        var grid = y.grid.ck
        withUnsafePointer(to: &grid) { grid in
            each(count) { sample, block, piece, constants in
                let rows = rowPieces.range(piece)
                let bias = addBias.map { kernels.arena.values.at($0 + block * Lanes.count) } ?? zeros.base
                ck_norm_act_forward(
                    out.at(sample, block), y.at(sample, block), add?.at(sample, block), bias, scale.at(constants),
                    shift.at(constants), slope, grid, Int32(rows.lowerBound), Int32(rows.upperBound), kernels.isa)
            }
        }
    }

    /// Takes the gradient of `out` and leaves that of y in y's place; `copy` gets that of `out`.
    ///
    /// - Parameter addBias: as in `forward`: its gradient is written too.
    func backward(_ y: FeatureMap, _ dout: FeatureMap, copy: FeatureMap? = nil, addBias: Int? = nil, count: Int) {
        let slope = kernels.arena.values.base[slope]
        var grid = y.grid.ck
        withUnsafePointer(to: &grid) { grid in
            each(count) { sample, block, piece, constants in
                let rows = rowPieces.range(piece)
                ck_norm_act_sums(
                    sumsOf(sample, block, piece),
                    dout.at(sample, block), y.at(sample, block), scale.at(constants), shift.at(constants),
                    mean.at(constants), slope, grid, Int32(rows.lowerBound), Int32(rows.upperBound), kernels.isa)
            }
            mergeSums(count: count, positions: y.grid.positions, addBias: addBias)
            each(count) { sample, block, piece, constants in
                let rows = rowPieces.range(piece)
                ck_norm_act_backward(
                    y.at(sample, block), copy?.at(sample, block), dout.at(sample, block), y.at(sample, block),
                    scale.at(constants), shift.at(constants), mean.at(constants), factor.at(constants),
                    offset.at(constants), slope, grid, Int32(rows.lowerBound), Int32(rows.upperBound), kernels.isa)
            }
        }
    }

    /// Calls `body` with sample, block, piece and where the channels' constants begin.
    private func each(_ count: Int, _ body: (Int, Int, Int, Int) -> Void) {
        kernels.team.each(count * blocks * rowPieces.pieces) { index in
            let (rest, piece) = index.quotientAndRemainder(dividingBy: rowPieces.pieces)
            let (sample, block) = rest.quotientAndRemainder(dividingBy: blocks)
            body(sample, block, piece, ((isBatch ? 0 : sample) * blocks + block) * Lanes.count)
        }
    }

    private func sumsOf(_ sample: Int, _ block: Int, _ piece: Int) -> UnsafeMutablePointer<Double> {
        let index = ((sample * blocks + block) * rowPieces.pieces + piece) * Int(CK_NORM_SUMS)
        precondition(index >= 0 && index < sums.count)
        return sums.baseAddress! + index  // Not empty: checked above.
    }

    /// Sets scale and shift from the batch's moments or, evaluating batch norm, from the running statistics.
    private func prepare(count: Int, training: Bool) {
        let values = kernels.arena.values.base
        guard needsMoments(training: training) else {
            for channel in 0..<channels {
                let (gamma, beta) = (values[gamma + channel], values[beta + channel])
                let deviation = (runningVariance.value.base[channel] + Float(Self.epsilon)).squareRoot()
                scale.base[channel] = gamma / deviation
                shift.base[channel] =
                    beta + (values[bias + channel] - runningMean.value.base[channel]) * scale.base[channel]
            }
            return
        }
        for group in 0..<(isBatch ? 1 : count) {
            for block in 0..<blocks {
                moments.merged(isBatch ? 0..<count : group..<group + 1, block) { number, means, squares in
                    for lane in 0..<min(Lanes.count, channels - block * Lanes.count) {
                        let channel = block * Lanes.count + lane
                        let place = group * blocks * Lanes.count + channel
                        let variance = squares[lane] / number
                        let inverse = Float(1 / (variance + Self.epsilon).squareRoot())
                        mean.base[place] = Float(means[lane])
                        inverseDeviation.base[place] = inverse
                        scale.base[place] = (isBatch ? values[gamma + channel] : 1) * inverse
                        shift.base[place] =
                            (isBatch ? values[beta + channel] : 0) - mean.base[place] * scale.base[place]
                        guard isBatch else { continue }
                        // PyTorch's rule: the running variance takes the unbiased one.
                        let unbiased = Float(number > 1 ? squares[lane] / (number - 1) : variance)
                        let biased = mean.base[place] + values[bias + channel]
                        runningMean.value.base[channel] += Self.momentum * (biased - runningMean.value.base[channel])
                        runningVariance.value.base[channel] +=
                            Self.momentum * (unbiased - runningVariance.value.base[channel])
                    }
                }
            }
        }
    }

    /// Adds the pieces up in their order: gradients of the parameters, and what `ck_norm_act_backward` needs.
    private func mergeSums(count: Int, positions: Int, addBias: Int?) {
        let gradients = kernels.arena.gradients.base
        var slopeGradient = 0.0
        for block in 0..<blocks {
            for lane in 0..<min(Lanes.count, channels - block * Lanes.count) {
                let channel = block * Lanes.count + lane
                var (output, grad, product) = (0.0, 0.0, 0.0)
                for sample in 0..<count {
                    var (ownGrad, ownProduct) = (0.0, 0.0)
                    for piece in 0..<rowPieces.pieces {
                        let part = sumsOf(sample, block, piece) + lane
                        output += part[0]
                        ownGrad += part[Lanes.count]
                        ownProduct += part[2 * Lanes.count]
                        slopeGradient += part[3 * Lanes.count]
                    }
                    grad += ownGrad
                    product += ownProduct
                    if !isBatch {
                        setBackward(
                            (sample * blocks + block) * Lanes.count + lane, ownGrad, ownProduct, Double(positions))
                    }
                }
                if isBatch {
                    setBackward(channel, grad, product, Double(count * positions))
                    gradients[gamma + channel] = Float(product) * inverseDeviation.base[channel]
                    gradients[beta + channel] = Float(grad)
                }
                if let addBias { gradients[addBias + channel] = Float(output) }
            }
        }
        gradients[slope] = Float(slopeGradient)
    }

    /// dy = scale·(g − Σg/m − (y − mean)·inverse²·Σg(y − mean)/m) over m values that were normalised together.
    private func setBackward(_ place: Int, _ grad: Double, _ product: Double, _ number: Double) {
        let inverse = Double(inverseDeviation.base[place])
        let scale = Double(scale.base[place])
        factor.base[place] = Float(-scale * inverse * inverse * product / number)
        offset.base[place] = Float(-scale * grad / number)
    }
}
