import CKernels

/// A convolution between blocked tensors, and its adjoint; see ck_blocked_conv.h. Its weights lie in the arena.
final class BlockedConvolution: FeatureConvolution {
    /// Rows shorter than this leave registers idle.
    private static let shortRow = 8
    /// Enough pieces of work to keep a few threads busy to the end.
    private static let enoughPieces = 8

    /// Where the weights lie in the arena.
    let weights: Int
    let wideBlocks: Int
    private let kernels: Kernels
    private let wide: Grid
    private let narrow: Grid
    private let narrowBlocks: Int
    private let stride: Int
    private let shape: ck_conv
    private let weightCount: Int
    private let tiled: TiledConvolution?
    /// The weights as the adjoint reads them.
    private let turned: FloatBuffer
    private let rowPieces: RowPieces
    private let isGathered: Bool
    /// A thread's own.
    private let scratch: [FloatBuffer]
    /// Of weight gradients, beside the one in the arena.
    private let partialSums: [FloatBuffer]

    /// - Parameters:
    ///   - wide: the grid of the convolution's input; its output has the grid `narrow`.
    ///   - kernel: 3, or 1 with stride 1.
    ///   - stride: 1 or 2.
    init(
        wide: Grid, wideBlocks: Int, narrow: Grid, narrowBlocks: Int, kernel: Int = 3, stride: Int, kernels: Kernels
    ) {
        self.kernels = kernels
        self.wide = wide
        self.wideBlocks = wideBlocks
        self.narrow = narrow
        self.narrowBlocks = narrowBlocks
        self.stride = stride
        var shape = ck_conv(
            dims: Int32(wide.dimensions), kernel: Int32(kernel), stride: Int32(stride), wide_blocks: Int32(wideBlocks),
            narrow_blocks: Int32(narrowBlocks), wide: wide.ck, narrow: narrow.ck)
        weightCount = ck_conv_weights(&shape)
        weights = kernels.arena.reserve(weightCount)
        tiled = TiledConvolution(shape, narrow: narrow, kernels: kernels)
        turned = FloatBuffer(count: tiled == nil ? weightCount : 0)
        rowPieces = RowPieces(narrow, rowFloats: narrow.width * 2 * Lanes.count * (stride == 2 ? 4 : 1))
        isGathered = tiled == nil && narrow.width < Self.shortRow
        let scratchCount = isGathered ? ck_conv_gather_scratch(&shape) : 0
        scratch = (0..<kernels.team.threads).map { _ in FloatBuffer(count: scratchCount) }
        // Tiles of the weights are independent; where they are few, the batch is cut as well, into sums of their own.
        let most = tiled?.gradientBlocks ?? 2
        let tiles = wideBlocks * ((narrowBlocks + most - 1) / most)
        let groups = min((Self.enoughPieces + tiles - 1) / tiles, kernels.batch * (tiled?.tiles ?? narrow.rows))
        partialSums = (1..<groups).map { [weightCount] _ in FloatBuffer(count: weightCount) }
        self.shape = shape
    }

    /// Pieces that `Moments` of an output have.
    var pieces: Int { tiled?.pieces ?? (isGathered ? 1 : rowPieces.pieces) }

    /// Pieces of work that `prepareWeights` is.
    var weightPieces: Int { wideBlocks + (tiled == nil ? 0 : narrowBlocks) }

    /// Brings what is derived from the weights up to date.
    func prepareWeights(_ piece: Int, thread: Int) {
        let values = kernels.arena.values.at(weights)
        if let tiled {
            tiled.transform(piece, values: values, thread: thread)
            return
        }
        withShape { shape in
            ck_conv_turn_weights(
                turned.at(piece * weightCount / wideBlocks), values, shape, Int32(piece), Int32(piece + 1), kernels.isa)
        }
    }

    /// y = conv(x), or conv(x) + add.
    func forward(_ y: FeatureMap, _ x: FeatureMap, adding add: FeatureMap?, count: Int, moments: Moments?) {
        if let tiled {
            tiled.forward(y, x, isAdjoint: false, adding: add, count: count, moments: moments)
            return
        }
        let values = kernels.arena.values.at(weights)
        withShape { shape in
            if isGathered {
                eachGathered(count, narrowBlocks) { blocks, positions, thread in
                    ck_conv_forward_gathered(
                        y.at(0), add?.at(0), x.at(0), values, scratch[thread].base, shape, x.sampleStride,
                        y.sampleStride, add?.sampleStride ?? 0, Int32(blocks.lowerBound), Int32(blocks.upperBound),
                        Int32(positions.lowerBound), Int32(positions.upperBound), kernels.isa)
                }
                moments?.recordWhole(of: y, count: count, kernels: kernels)
                return
            }
            eachRowPiece(count, narrowBlocks) { sample, block, blocks, piece in
                let range = rowPieces.range(piece)
                narrow.eachSlice(range) { d, rows in
                    ck_conv_forward_rows(
                        y.at(sample), add?.at(sample), x.at(sample), values, shape, Int32(block), Int32(blocks),
                        Int32(d), Int32(rows.lowerBound), Int32(rows.upperBound), kernels.isa)
                }
                guard let moments else { return }
                for each in block..<block + blocks where each < moments.blocks {
                    moments.record(sample, each, piece: piece, of: y, rows: [range], isa: kernels.isa)
                }
            }
        }
    }

    /// x = adjoint(y), or adjoint(y) + add; `add` may be x.
    func adjoint(_ x: FeatureMap, _ y: FeatureMap, adding add: FeatureMap?, count: Int, moments: Moments?) {
        if let tiled {
            tiled.forward(x, y, isAdjoint: true, adding: add, count: count, moments: moments)
            return
        }
        withShape { shape in
            if isGathered {
                eachGathered(count, wideBlocks) { blocks, positions, thread in
                    ck_conv_adjoint_gathered(
                        x.at(0), add?.at(0), y.at(0), turned.base, scratch[thread].base, shape, x.sampleStride,
                        y.sampleStride, add?.sampleStride ?? 0, Int32(blocks.lowerBound), Int32(blocks.upperBound),
                        Int32(positions.lowerBound), Int32(positions.upperBound), kernels.isa)
                }
                moments?.recordWhole(of: x, count: count, kernels: kernels)
                return
            }
            eachRowPiece(count, wideBlocks) { sample, block, blocks, piece in
                var written: [Range<Int>] = []
                narrow.eachSlice(rowPieces.range(piece)) { d, rows in
                    ck_conv_adjoint_rows(
                        x.at(sample), add?.at(sample), y.at(sample), turned.base, shape, Int32(block), Int32(blocks),
                        Int32(d), Int32(rows.lowerBound), Int32(rows.upperBound), kernels.isa)
                    if moments != nil { written += wide.rows(covering: rows, ofSlice: d, stride: stride) }
                }
                guard let moments else { return }
                for each in block..<block + blocks where each < moments.blocks {
                    moments.record(sample, each, piece: piece, of: x, rows: written, isa: kernels.isa)
                }
            }
        }
    }

    /// The gradient of the weights, written to the arena.
    func weightGradient(_ y: FeatureMap, _ x: FeatureMap, count: Int) {
        let most = tiled?.gradientBlocks ?? 2
        let tiles = wideBlocks * ((narrowBlocks + most - 1) / most)
        let sums = [kernels.arena.gradients.at(weights)] + partialSums.map { $0.base }
        let rows = count * (tiled?.tiles ?? narrow.rows)
        withShape { shape in
            kernels.team.each(tiles * sums.count) { index, thread in
                let (group, tile) = index.quotientAndRemainder(dividingBy: tiles)
                let block = tile / wideBlocks * most
                if let tiled {
                    tiled.weightGradient(
                        sums[group], y, x, wideBlock: tile % wideBlocks,
                        narrowBlocks: block..<min(narrowBlocks, block + most),
                        tiles: rows * group / sums.count..<rows * (group + 1) / sums.count, thread: thread)
                    return
                }
                ck_conv_weight_gradient(
                    sums[group], y.at(0), x.at(0), shape, x.sampleStride, y.sampleStride, Int32(tile % wideBlocks),
                    Int32(block), Int32(min(most, narrowBlocks - block)), Int32(rows * group / sums.count),
                    Int32(rows * (group + 1) / sums.count), 0, kernels.isa)
            }
        }
        for sum in sums.dropFirst() { ck_add(sums[0], sum, weightCount) }
    }

    private func withShape(_ body: (UnsafePointer<ck_conv>) -> Void) {
        var shape = shape
        withUnsafePointer(to: &shape, body)
    }

    /// Calls `body` with sample, first block, number of blocks and piece.
    private func eachRowPiece(_ count: Int, _ blocks: Int, _ body: (Int, Int, Int, Int) -> Void) {
        let pieces = rowPieces.pieces
        kernels.team.each((blocks + 1) / 2 * count * pieces) { index in
            let (rest, piece) = index.quotientAndRemainder(dividingBy: pieces)
            let (group, sample) = rest.quotientAndRemainder(dividingBy: count)
            body(sample, 2 * group, min(2, blocks - 2 * group), piece)
        }
    }

    /// Calls `body` with blocks, positions and thread.
    private func eachGathered(_ count: Int, _ blocks: Int, _ body: (Range<Int>, Range<Int>, Int) -> Void) {
        let positions = count * narrow.positions
        let cuts = (positions + Int(CK_GATHER) - 1) / Int(CK_GATHER)
        let groups = min((blocks + 1) / 2, (Self.enoughPieces + cuts - 1) / cuts)
        kernels.team.each(groups * cuts) { index, thread in
            let (group, cut) = index.quotientAndRemainder(dividingBy: cuts)
            body(
                Lanes.group(group, of: groups, blocks: blocks),
                positions * cut / cuts..<positions * (cut + 1) / cuts, thread)
        }
    }
}
