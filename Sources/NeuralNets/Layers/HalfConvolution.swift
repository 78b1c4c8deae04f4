import CKernels

/// A `BlockedConvolution` whose factors are rounded to bf16; see ck_half_conv.h. Weights, tensors and sums stay fp32.
final class HalfConvolution: FeatureConvolution {
    /// Whether this machine has the instructions.
    static var isAvailable: Bool { ck_half_available() != 0 }

    /// Where the weights lie in the arena.
    let weights: Int
    private let kernels: Kernels
    private let geometry: ConvolutionGeometry
    private let rowPieces: RowPieces
    private let isGathered: Bool
    /// Calls that the narrow blocks of the weights' gradient are cut into, for each wide one.
    private let gradientCuts: Int
    /// Parts that each is summed in.
    private let gradientParts: Int

    /// - Precondition: `isAvailable`.
    init(_ geometry: ConvolutionGeometry, kernels: Kernels) {
        precondition(Self.isAvailable, "this machine has no instructions for bf16")
        self.geometry = geometry
        self.kernels = kernels
        let (narrow, wideBlocks, narrowBlocks) = (geometry.narrow, geometry.wideBlocks, geometry.narrowBlocks)
        weights = kernels.arena.reserve(geometry.weightCount)
        // Rows are rounded once a piece, with those around them: fewer pieces round less twice.
        rowPieces = RowPieces(narrow, rowFloats: narrow.width * Lanes.count * (geometry.stride == 2 ? 2 : 1))
        isGathered = geometry.hasShortRows
        gradientCuts = min(
            (narrowBlocks + 1) / 2, (ConvolutionGeometry.enoughPieces + wideBlocks - 1) / wideBlocks)
        gradientParts = ConvolutionGeometry.gradientParts(
            tiles: wideBlocks * gradientCuts, rows: kernels.batch * narrow.rows)
        let rows = min(narrow.height, (narrow.rows + rowPieces.pieces - 1) / rowPieces.pieces)
        var shape = geometry.shape
        kernels.workspace.reserve(
            scratch: max(
                isGathered ? ck_half_gather_scratch(&shape) : ck_half_rows_scratch(&shape, Int32(rows)),
                ck_half_gradient_scratch(&shape, Int32(narrowBlocks))),
            sums: (gradientParts - 1) * geometry.weightCount, derived: ck_half_weights(&shape))
    }

    /// Pieces that `Moments` of an output have.
    var pieces: Int { isGathered ? 1 : rowPieces.pieces }

    /// y = conv(x), or conv(x) + add.
    func forward(_ y: FeatureMap, _ x: FeatureMap, adding add: FeatureMap?, count: Int, moments: Moments?) {
        geometry.withShape { shape in
            let packed = pack(shape, isAdjoint: false)
            if isGathered {
                geometry.eachGathered(count, geometry.narrowBlocks, kernels.team) { blocks, positions, thread in
                    ck_half_forward_gathered(
                        y.at(0), add?.at(0), x.at(0), packed, kernels.workspace.pairScratch(thread), shape,
                        x.sampleStride,
                        y.sampleStride, add?.sampleStride ?? 0, Int32(blocks.lowerBound), Int32(blocks.upperBound),
                        Int32(positions.lowerBound), Int32(positions.upperBound))
                }
                moments?.recordWhole(of: y, count: count, kernels: kernels)
                return
            }
            eachRowPiece(count, geometry.narrowBlocks) { sample, blocks, piece, thread in
                let range = rowPieces.range(piece)
                geometry.narrow.eachSlice(range) { d, rows in
                    ck_half_forward_rows(
                        y.at(sample), add?.at(sample), x.at(sample), packed, kernels.workspace.pairScratch(thread),
                        shape,
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
        geometry.withShape { shape in
            let turned = pack(shape, isAdjoint: true)
            if isGathered {
                geometry.eachGathered(count, geometry.wideBlocks, kernels.team) { blocks, positions, thread in
                    ck_half_adjoint_gathered(
                        x.at(0), add?.at(0), y.at(0), turned, kernels.workspace.pairScratch(thread), shape,
                        x.sampleStride,
                        y.sampleStride, add?.sampleStride ?? 0, Int32(blocks.lowerBound), Int32(blocks.upperBound),
                        Int32(positions.lowerBound), Int32(positions.upperBound))
                }
                moments?.recordWhole(of: x, count: count, kernels: kernels)
                return
            }
            eachRowPiece(count, geometry.wideBlocks) { sample, blocks, piece, thread in
                var written: [Range<Int>] = []
                geometry.narrow.eachSlice(rowPieces.range(piece)) { d, rows in
                    ck_half_adjoint_rows(
                        x.at(sample), add?.at(sample), y.at(sample), turned, kernels.workspace.pairScratch(thread),
                        shape,
                        Int32(blocks.lowerBound), Int32(blocks.upperBound), Int32(d), Int32(rows.lowerBound),
                        Int32(rows.upperBound))
                    if moments != nil {
                        written += geometry.wide.rows(covering: rows, ofSlice: d, stride: geometry.stride)
                    }
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
        let (wideBlocks, narrowBlocks) = (geometry.wideBlocks, geometry.narrowBlocks)
        let tiles = wideBlocks * gradientCuts
        let sums = kernels.workspace.partialSums(
            beside: kernels.arena.gradients.at(weights), count: geometry.weightCount, parts: gradientParts)
        let rows = count * geometry.narrow.rows
        geometry.withShape { shape in
            kernels.team.each(tiles * sums.parts) { index, thread in
                let (group, tile) = index.quotientAndRemainder(dividingBy: tiles)
                let (cut, block) = tile.quotientAndRemainder(dividingBy: wideBlocks)
                let blocks = Lanes.group(cut, of: gradientCuts, blocks: narrowBlocks)
                ck_half_weight_gradient(
                    sums[group], y.at(0), x.at(0), kernels.workspace.pairScratch(thread), shape, x.sampleStride,
                    y.sampleStride,
                    Int32(block), Int32(blocks.lowerBound), Int32(blocks.count), Int32(rows * group / sums.parts),
                    Int32(rows * (group + 1) / sums.parts), 0)
            }
        }
        sums.merge()
    }

    /// The weights as a pass reads them.
    private func pack(_ shape: UnsafePointer<ck_conv>, isAdjoint: Bool) -> UnsafePointer<ck_pair> {
        let values = kernels.arena.values.at(weights)
        let pack = isAdjoint ? ck_half_turn_weights : ck_half_pack_weights
        return UnsafePointer(
            kernels.workspace.derivePairs(for: self, isAdjoint: isAdjoint, blocks: 0..<geometry.wideBlocks) {
                pack($0, values, shape, Int32($1), Int32($1 + 1))
            })
    }

    /// Calls `body` with sample, blocks, piece and thread. All blocks share what was rounded, so they are cut no more
    /// than it takes to keep the threads busy.
    private func eachRowPiece(_ count: Int, _ blocks: Int, _ body: (Int, Range<Int>, Int, Int) -> Void) {
        let pieces = rowPieces.pieces
        let pairs = (blocks + 1) / 2
        let groups = min(pairs, (ConvolutionGeometry.enoughPieces + count * pieces - 1) / (count * pieces))
        kernels.team.each(groups * count * pieces) { index, thread in
            let (rest, piece) = index.quotientAndRemainder(dividingBy: pieces)
            let (group, sample) = rest.quotientAndRemainder(dividingBy: count)
            body(sample, Lanes.group(group, of: groups, blocks: blocks), piece, thread)
        }
    }
}
