import CKernels

/// `NormActivation` for a few planar channels.
final class PlanarNormActivation {
    private static let momentum: Float = 0.1

    let parameters: [Parameter]
    let buffers: [StateBuffer]
    private let channels: Int
    private let isBatch: Bool
    private let kernels: Kernels
    private let rowPieces: RowPieces
    private let gamma: Int
    private let beta: Int
    private let slope: Int
    private let bias: Int
    private let runningMean: StateBuffer
    private let runningVariance: StateBuffer
    // Of each channel, or of each sample's channels.
    private let scale: FloatBuffer
    private let shift: FloatBuffer
    private let mean: FloatBuffer
    private let inverseDeviation: FloatBuffer
    private let factor: FloatBuffer
    private let offset: FloatBuffer
    /// Of each (sample, piece): what `ck_planar_norm_statistics` or `ck_planar_norm_backward_sums` writes.
    private let sums: UnsafeMutableBufferPointer<Double>

    /// - Parameters:
    ///   - name: MONAI's, up to `.adn`.
    ///   - bias: where the bias of the convolution in front lies in the arena.
    init(
        _ name: String, channels: Int, grid: Grid, kind: UNetConfiguration.Normalization, bias: Int, kernels: Kernels
    ) {
        self.channels = channels
        self.kernels = kernels
        self.bias = bias
        isBatch = kind == .batch
        rowPieces = RowPieces(grid, rowFloats: 4 * grid.width * channels)
        let arena = kernels.arena
        (gamma, beta, slope) = (arena.reserve(channels), arena.reserve(channels), arena.reserve(1))
        runningMean = StateBuffer(name + ".N.running_mean", shape: [channels], initial: 0)
        runningVariance = StateBuffer(name + ".N.running_var", shape: [channels], initial: 1)
        let affine = [("weight", gamma), ("bias", beta)].map { suffix, offset in
            Parameter(name: "\(name).N.\(suffix)", shape: [channels], arena: arena, placement: .run(offset: offset))
        }
        parameters =
            (isBatch ? affine : [])
            + [Parameter(name: name + ".A.weight", shape: [1], arena: arena, placement: .run(offset: slope))]
        buffers = isBatch ? [runningMean, runningVariance] : []
        let count = (isBatch ? 1 : kernels.batch) * channels
        (scale, shift) = (FloatBuffer(count: count), FloatBuffer(count: count))
        (mean, inverseDeviation) = (FloatBuffer(count: count), FloatBuffer(count: count))
        (factor, offset) = (FloatBuffer(count: count), FloatBuffer(count: count))
        sums = .allocate(capacity: kernels.batch * rowPieces.pieces * (2 * channels + 1))
        sums.initialize(repeating: 0)
    }

    deinit { sums.deallocate() }

    func initialize() {
        for channel in 0..<channels { kernels.arena.values.base[gamma + channel] = 1 }
        kernels.arena.values.base[slope] = 0.25
    }

    /// out = PReLU(norm(y)).
    func forward(_ out: PlanarMap, _ y: PlanarMap, count: Int, training: Bool) {
        if training || !isBatch {
            takeMoments(y, count: count)
        } else {
            useRunningStatistics()
        }
        each(y, count) { sample, piece, rows, norm, grid in
            ck_planar_norm_forward(
                out.at(sample), y.at(sample), norm, grid, Int32(channels), Int32(rows.lowerBound),
                Int32(rows.upperBound), kernels.isa)
        }
    }

    /// Takes the gradient of `out` and leaves that of y in y's place.
    func backward(_ y: PlanarMap, _ dout: PlanarMap, count: Int) {
        each(y, count) { sample, piece, rows, norm, grid in
            let own = sums(sample, piece)
            ck_planar_norm_backward_sums(
                own, own + channels, own + 2 * channels, dout.at(sample), y.at(sample), mean.at(constants(sample)),
                norm, grid, Int32(channels), Int32(rows.lowerBound), Int32(rows.upperBound), kernels.isa)
        }
        mergeSums(count: count, positions: y.grid.positions)
        each(y, count) { sample, piece, rows, norm, grid in
            ck_planar_norm_backward(
                y.at(sample), dout.at(sample), y.at(sample), offset.at(constants(sample)),
                factor.at(constants(sample)), norm, grid, Int32(channels), Int32(rows.lowerBound),
                Int32(rows.upperBound), kernels.isa)
        }
    }

    private func constants(_ sample: Int) -> Int { isBatch ? 0 : sample * channels }

    private func sums(_ sample: Int, _ piece: Int) -> UnsafeMutablePointer<Double> {
        let index = (sample * rowPieces.pieces + piece) * (2 * channels + 1)
        precondition(index >= 0 && index < sums.count)
        return sums.baseAddress! + index  // Not empty: checked above.
    }

    private func each(
        _ map: PlanarMap, _ count: Int,
        _ body: (Int, Int, Range<Int>, UnsafePointer<ck_planar_norm>, UnsafePointer<ck_grid>) -> Void
    ) {
        var grid = map.grid.ck
        let slope = kernels.arena.values.base[slope]
        withUnsafePointer(to: &grid) { grid in
            kernels.team.each(count * rowPieces.pieces) { index in
                let (sample, piece) = index.quotientAndRemainder(dividingBy: rowPieces.pieces)
                var norm = ck_planar_norm(
                    scale: scale.at(constants(sample)), shift: shift.at(constants(sample)), slope: slope)
                body(sample, piece, rowPieces.range(piece), &norm, grid)
            }
        }
    }

    private func useRunningStatistics() {
        let values = kernels.arena.values.base
        for channel in 0..<channels {
            let deviation = (runningVariance.value.base[channel] + Float(NormActivation.epsilon)).squareRoot()
            scale.base[channel] = values[gamma + channel] / deviation
            shift.base[channel] =
                values[beta + channel]
                + (values[bias + channel] - runningMean.value.base[channel]) * scale.base[channel]
        }
    }

    private func takeMoments(_ y: PlanarMap, count: Int) {
        each(y, count) { sample, piece, rows, norm, grid in
            let own = sums(sample, piece)
            ck_planar_norm_statistics(
                own, own + channels, y.at(sample), grid, Int32(channels), Int32(rows.lowerBound),
                Int32(rows.upperBound), kernels.isa)
        }
        let values = kernels.arena.values.base
        for group in 0..<(isBatch ? 1 : count) {
            for channel in 0..<channels {
                let (number, center, squares) = merged(
                    isBatch ? 0..<count : group..<group + 1, channel, width: y.grid.width)
                let place = group * channels + channel
                let variance = squares / number
                let inverse = Float(1 / (variance + NormActivation.epsilon).squareRoot())
                mean.base[place] = Float(center)
                inverseDeviation.base[place] = inverse
                scale.base[place] = (isBatch ? values[gamma + channel] : 1) * inverse
                shift.base[place] = (isBatch ? values[beta + channel] : 0) - mean.base[place] * scale.base[place]
                guard isBatch else { continue }
                let unbiased = Float(number > 1 ? squares / (number - 1) : variance)
                let biased = mean.base[place] + values[bias + channel]
                runningMean.value.base[channel] += Self.momentum * (biased - runningMean.value.base[channel])
                runningVariance.value.base[channel] +=
                    Self.momentum * (unbiased - runningVariance.value.base[channel])
            }
        }
    }

    /// Number, mean and squared distances of some samples' channel (Chan, Golub & LeVeque 1979).
    private func merged(_ samples: Range<Int>, _ channel: Int, width: Int) -> (Double, Double, Double) {
        var (number, mean, squares) = (0.0, 0.0, 0.0)
        for sample in samples {
            for piece in 0..<rowPieces.pieces {
                let part = sums(sample, piece)
                let count = Double(rowPieces.range(piece).count * width)
                let apart = part[channel] / count - mean
                squares += part[channels + channel] + apart * apart * number * count / (number + count)
                mean += apart * count / (number + count)
                number += count
            }
        }
        return (number, mean, squares)
    }

    private func mergeSums(count: Int, positions: Int) {
        let gradients = kernels.arena.gradients.base
        var slopeGradient = 0.0
        var (grads, products) = ([Double](repeating: 0, count: channels), [Double](repeating: 0, count: channels))
        for sample in 0..<count {
            if !isBatch {
                for channel in 0..<channels { (grads[channel], products[channel]) = (0, 0) }
            }
            for piece in 0..<rowPieces.pieces {
                let part = sums(sample, piece)
                for channel in 0..<channels {
                    grads[channel] += part[channel]
                    products[channel] += part[channels + channel]
                }
                slopeGradient += part[2 * channels]
            }
            if !isBatch { setBackward(sample * channels, grads, products, Double(positions)) }
        }
        if isBatch {
            setBackward(0, grads, products, Double(count * positions))
            for channel in 0..<channels {
                gradients[gamma + channel] = Float(products[channel]) * inverseDeviation.base[channel]
                gradients[beta + channel] = Float(grads[channel])
            }
        }
        gradients[slope] = Float(slopeGradient)
    }

    /// As in `NormActivation`, with the mean folded into the offset.
    private func setBackward(_ first: Int, _ grads: [Double], _ products: [Double], _ number: Double) {
        for channel in 0..<channels {
            let place = first + channel
            let (inverse, scale) = (Double(inverseDeviation.base[place]), Double(scale.base[place]))
            let slope = -scale * inverse * inverse * products[channel] / number
            factor.base[place] = Float(slope)
            offset.base[place] = Float(-scale * grads[channel] / number - slope * Double(mean.base[place]))
        }
    }
}
