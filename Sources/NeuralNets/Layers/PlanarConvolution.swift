import CKernels

/// A convolution with stride 2 from a few planar channels to blocked ones: the network's first, and the adjoint of its
/// last transposed one. Its weights lie in the arena, [K blocks][C][taps][16 of K].
final class PlanarConvolution {
    /// Where the weights lie in the arena.
    let weights: Int
    let rowPieces: RowPieces
    private let kernels: Kernels
    private let wide: Grid
    private let narrow: Grid
    private let channels: Int
    private let blocks: Int
    private let taps: Int
    private let weightCount: Int

    /// - Parameters:
    ///   - wide: the planar grid, with `channels`.
    ///   - narrow: half of it, with `blocks`.
    init(wide: Grid, channels: Int, narrow: Grid, blocks: Int, kernels: Kernels) {
        self.kernels = kernels
        self.wide = wide
        self.narrow = narrow
        self.channels = channels
        self.blocks = blocks
        taps = wide.dimensions == 3 ? 27 : 9
        weightCount = blocks * channels * taps * Lanes.count
        weights = kernels.arena.reserve(weightCount)
        rowPieces = RowPieces(narrow, rowFloats: narrow.width * 2 * Lanes.count)
        kernels.workspace.reserve(sums: (kernels.batch * rowPieces.pieces - 1) * weightCount)
    }

    /// y = conv(x).
    func forward(_ y: FeatureMap, _ x: PlanarMap, count: Int, moments: Moments? = nil) {
        var shape = ck_conv(
            dims: Int32(wide.dimensions), kernel: 3, stride: 2, wide_blocks: Int32(channels),
            narrow_blocks: Int32(blocks), wide: wide.ck, narrow: narrow.ck)
        let values = kernels.arena.values.at(weights)
        let pieces = rowPieces.pieces
        withUnsafePointer(to: &shape) { shape in
            kernels.team.each((blocks + 1) / 2 * count * pieces) { index in
                let (rest, piece) = index.quotientAndRemainder(dividingBy: pieces)
                let (group, sample) = rest.quotientAndRemainder(dividingBy: count)
                let block = 2 * group
                let end = min(blocks, block + 2)
                let range = rowPieces.range(piece)
                narrow.eachSlice(range) { d, rows in
                    ck_conv_planar_rows(
                        y.at(sample), nil, x.at(sample), values, shape, Int32(block), Int32(end - block), Int32(d),
                        Int32(rows.lowerBound), Int32(rows.upperBound), kernels.isa)
                }
                guard let moments else { return }
                for each in block..<end where each < moments.blocks {
                    moments.record(sample, each, piece: piece, of: y, rows: [range], isa: kernels.isa)
                }
            }
        }
    }

    /// The gradient of the weights, written to the arena.
    func weightGradient(_ y: FeatureMap, _ x: PlanarMap, count: Int) {
        let pieces = rowPieces.pieces
        let parts = count * pieces
        let sums = kernels.workspace.partialSums(
            beside: kernels.arena.gradients.at(weights), count: weightCount, parts: parts)
        var (ygrid, xgrid) = (narrow.ck, wide.ck)
        withUnsafePointer(to: &ygrid) { ygrid in
            withUnsafePointer(to: &xgrid) { xgrid in
                kernels.team.each(parts) { index in
                    let (sample, piece) = index.quotientAndRemainder(dividingBy: pieces)
                    let rows = rowPieces.range(piece)
                    ck_planar_strided_weights(
                        sums[index], y.at(sample), x.at(sample), ygrid, xgrid, Int32(taps), Int32(channels),
                        Int32(blocks), Int32(rows.lowerBound), Int32(rows.upperBound), 0, kernels.isa)
                }
            }
        }
        sums.merge()
    }
}
