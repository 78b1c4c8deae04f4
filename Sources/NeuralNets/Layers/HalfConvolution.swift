import CKernels

/// A `BlockedConvolution` whose factors are rounded to bf16; see ck_half_conv.h. Weights, tensors and sums stay fp32.
final class HalfConvolution: FeatureConvolution {
    /// Rows shorter than this leave registers idle.
    private static let shortRow = 8
    /// Enough pieces of work to keep a few threads busy to the end.
    private static let enoughPieces = 8

    /// Whether this machine has the instructions.
    static var isAvailable: Bool { ck_half_available() != 0 }

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
    /// The weights as the forward pass and as the adjoint reads them.
    private let packed: PairBuffer
    private let turned: PairBuffer
    private let rowPieces: RowPieces
    private let isGathered: Bool
    /// A thread's own.
    private let scratch: [PairBuffer]
    /// Calls that the narrow blocks of the weights' gradient are cut into, for each wide one.
    private let gradientCuts: Int
    /// Of weight gradients, beside the one in the arena.
    private let partialSums: [FloatBuffer]

    /// - Parameters: those of `BlockedConvolution`.
    /// - Precondition: `isAvailable`.
    init(
        wide: Grid, wideBlocks: Int, narrow: Grid, narrowBlocks: Int, kernel: Int = 3, stride: Int, kernels: Kernels
    ) {
        precondition(Self.isAvailable, "this machine has no instructions for bf16")
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
        packed = PairBuffer(count: ck_half_weights(&shape))
        turned = PairBuffer(count: ck_half_weights(&shape))
        // Rows are rounded once a piece, with those around them: fewer pieces round less twice.
        rowPieces = RowPieces(narrow, rowFloats: narrow.width * Lanes.count * (stride == 2 ? 2 : 1))
        isGathered = narrow.width < Self.shortRow
        // Tiles of the weights are independent; where they are few, the batch is cut as well, into sums of their own.
        gradientCuts = min((narrowBlocks + 1) / 2, (Self.enoughPieces + wideBlocks - 1) / wideBlocks)
        let tiles = wideBlocks * gradientCuts
        let groups = min((Self.enoughPieces + tiles - 1) / tiles, kernels.batch * narrow.rows)
        partialSums = (1..<groups).map { [weightCount] _ in FloatBuffer(count: weightCount) }
        let rows = min(narrow.height, (narrow.rows + rowPieces.pieces - 1) / rowPieces.pieces)
        let room = max(
            isGathered ? ck_half_gather_scratch(&shape) : ck_half_rows_scratch(&shape, Int32(rows)),
            ck_half_gradient_scratch(&shape, Int32(narrowBlocks)))
        scratch = (0..<kernels.team.threads).map { _ in PairBuffer(count: room) }
        self.shape = shape
    }

    /// Pieces that `Moments` of an output have.
    var pieces: Int { isGathered ? 1 : rowPieces.pieces }

    /// Pieces of work that `prepareWeights` is.
    var weightPieces: Int { wideBlocks }

    /// Brings what is derived from the weights up to date.
    func prepareWeights(_ piece: Int, thread: Int) {
        let values = kernels.arena.values.at(weights)
        withShape { shape in
            ck_half_pack_weights(packed.base, values, shape, Int32(piece), Int32(piece + 1))
            ck_half_turn_weights(turned.base, values, shape, Int32(piece), Int32(piece + 1))
        }
    }

    /// y = conv(x), or conv(x) + add.
    func forward(_ y: FeatureMap, _ x: FeatureMap, adding add: FeatureMap?, count: Int, moments: Moments?) {
        withShape { shape in
            if isGathered {
                eachGathered(count, narrowBlocks) { blocks, positions, thread in
                    ck_half_forward_gathered(
                        y.at(0), add?.at(0), x.at(0), packed.base, scratch[thread].base, shape, x.sampleStride,
                        y.sampleStride, add?.sampleStride ?? 0, Int32(blocks.lowerBound), Int32(blocks.upperBound),
                        Int32(positions.lowerBound), Int32(positions.upperBound))
                }
                moments?.recordWhole(of: y, count: count, kernels: kernels)
                return
            }
            eachRowPiece(count, narrowBlocks) { sample, blocks, piece, thread in
                let range = rowPieces.range(piece)
                narrow.eachSlice(range) { d, rows in
                    ck_half_forward_rows(
                        y.at(sample), add?.at(sample), x.at(sample), packed.base, scratch[thread].base, shape,
                        Int32(blocks.lowerBound), Int32(blocks.upperBound), Int32(d), Int32(rows.lowerBound),
                        Int32(rows.upperBound))
                }
                guard let moments else { return }
                for each in blocks where each < moments.blocks {
                    moments.record(sample, each, piece: piece, of: y, rows: [range], isa: kernels.isa)
                }
            }
        }
    }

    /// x = adjoint(y), or adjoint(y) + add; `add` may be x.
    func adjoint(_ x: FeatureMap, _ y: FeatureMap, adding add: FeatureMap?, count: Int, moments: Moments?) {
        withShape { shape in
            if isGathered {
                eachGathered(count, wideBlocks) { blocks, positions, thread in
                    ck_half_adjoint_gathered(
                        x.at(0), add?.at(0), y.at(0), turned.base, scratch[thread].base, shape, x.sampleStride,
                        y.sampleStride, add?.sampleStride ?? 0, Int32(blocks.lowerBound), Int32(blocks.upperBound),
                        Int32(positions.lowerBound), Int32(positions.upperBound))
                }
                moments?.recordWhole(of: x, count: count, kernels: kernels)
                return
            }
            eachRowPiece(count, wideBlocks) { sample, blocks, piece, thread in
                var written: [Range<Int>] = []
                narrow.eachSlice(rowPieces.range(piece)) { d, rows in
                    ck_half_adjoint_rows(
                        x.at(sample), add?.at(sample), y.at(sample), turned.base, scratch[thread].base, shape,
                        Int32(blocks.lowerBound), Int32(blocks.upperBound), Int32(d), Int32(rows.lowerBound),
                        Int32(rows.upperBound))
                    if moments != nil { written += wide.rows(covering: rows, ofSlice: d, stride: stride) }
                }
                guard let moments else { return }
                for each in blocks where each < moments.blocks {
                    moments.record(sample, each, piece: piece, of: x, rows: written, isa: kernels.isa)
                }
            }
        }
    }

    /// The gradient of the weights, written to the arena.
    func weightGradient(_ y: FeatureMap, _ x: FeatureMap, count: Int) {
        let tiles = wideBlocks * gradientCuts
        let sums = [kernels.arena.gradients.at(weights)] + partialSums.map { $0.base }
        let rows = count * narrow.rows
        withShape { shape in
            kernels.team.each(tiles * sums.count) { index, thread in
                let (group, tile) = index.quotientAndRemainder(dividingBy: tiles)
                let (cut, block) = tile.quotientAndRemainder(dividingBy: wideBlocks)
                let blocks = Lanes.group(cut, of: gradientCuts, blocks: narrowBlocks)
                ck_half_weight_gradient(
                    sums[group], y.at(0), x.at(0), scratch[thread].base, shape, x.sampleStride, y.sampleStride,
                    Int32(block), Int32(blocks.lowerBound), Int32(blocks.count), Int32(rows * group / sums.count),
                    Int32(rows * (group + 1) / sums.count), 0)
            }
        }
        for sum in sums.dropFirst() { ck_add(sums[0], sum, weightCount) }
    }

    private func withShape(_ body: (UnsafePointer<ck_conv>) -> Void) {
        var shape = shape
        withUnsafePointer(to: &shape, body)
    }

    /// Calls `body` with sample, blocks, piece and thread. All blocks share what was rounded, so they are cut no more
    /// than it takes to keep the threads busy.
    private func eachRowPiece(_ count: Int, _ blocks: Int, _ body: (Int, Range<Int>, Int, Int) -> Void) {
        let pieces = rowPieces.pieces
        let pairs = (blocks + 1) / 2
        let groups = min(pairs, (Self.enoughPieces + count * pieces - 1) / (count * pieces))
        kernels.team.each(groups * count * pieces) { index, thread in
            let (rest, piece) = index.quotientAndRemainder(dividingBy: pieces)
            let (group, sample) = rest.quotientAndRemainder(dividingBy: count)
            body(sample, Lanes.group(group, of: groups, blocks: blocks), piece, thread)
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
                Lanes.group(group, of: groups, blocks: blocks), positions * cut / cuts..<positions * (cut + 1) / cuts,
                thread)
        }
    }

}
