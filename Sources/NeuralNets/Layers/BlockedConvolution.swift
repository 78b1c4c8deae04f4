import CKernels

/// A convolution between blocked tensors, and its adjoint; see ck_blocked_conv.h. Its weights lie in the arena.
final class BlockedConvolution: FeatureConvolution {
    /// Where the weights lie in the arena.
    let weights: Int
    private let kernels: Kernels
    private let geometry: ConvolutionGeometry
    private let tiled: TiledConvolution?
    private let rowPieces: RowPieces
    private let isGathered: Bool
    /// Tiles of the weights, and parts that the gradient of each is summed in.
    private let gradientTiles: Int
    private let gradientParts: Int

    init(_ geometry: ConvolutionGeometry, kernels: Kernels) {
        self.geometry = geometry
        self.kernels = kernels
        let narrow = geometry.narrow
        weights = kernels.arena.reserve(geometry.weightCount)
        tiled = TiledConvolution(geometry, kernels: kernels)
        rowPieces = RowPieces(narrow, rowFloats: narrow.width * 2 * Lanes.count * (geometry.stride == 2 ? 4 : 1))
        isGathered = tiled == nil && geometry.hasShortRows
        let most = tiled?.gradientBlocks ?? 2
        gradientTiles = geometry.wideBlocks * ((geometry.narrowBlocks + most - 1) / most)
        gradientParts = ConvolutionGeometry.gradientParts(
            tiles: gradientTiles, rows: kernels.batch * (tiled?.tiles ?? narrow.rows))
        var shape = geometry.shape
        kernels.workspace.reserve(
            scratch: isGathered ? ck_conv_gather_scratch(&shape) : 0,
            sums: (gradientParts - 1) * geometry.weightCount, derived: tiled == nil ? geometry.weightCount : 0)
    }

    /// Pieces that `Moments` of an output have.
    var pieces: Int { tiled?.pieces ?? (isGathered ? 1 : rowPieces.pieces) }

    /// y = conv(x), or conv(x) + add.
    func forward(_ y: FeatureMap, _ x: FeatureMap, adding add: FeatureMap?, count: Int, moments: Moments?) {
        let values = kernels.arena.values.at(weights)
        if let tiled {
            tiled.forward(y, x, values: values, isAdjoint: false, adding: add, count: count, moments: moments)
            return
        }
        geometry.withShape { shape in
            if isGathered {
                geometry.eachGathered(count, geometry.narrowBlocks, kernels.team) { blocks, positions, thread in
                    ck_conv_forward_gathered(
                        y.at(0), add?.at(0), x.at(0), values, kernels.workspace.scratch(thread), shape, x.sampleStride,
                        y.sampleStride, add?.sampleStride ?? 0, Int32(blocks.lowerBound), Int32(blocks.upperBound),
                        Int32(positions.lowerBound), Int32(positions.upperBound), kernels.isa)
                }
                moments?.recordWhole(of: y, count: count, kernels: kernels)
                return
            }
            eachRowPiece(count, geometry.narrowBlocks) { sample, block, blocks, piece in
                let range = rowPieces.range(piece)
                geometry.narrow.eachSlice(range) { d, rows in
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
        let values = kernels.arena.values.at(weights)
        if let tiled {
            tiled.forward(x, y, values: values, isAdjoint: true, adding: add, count: count, moments: moments)
            return
        }
        geometry.withShape { shape in
            let turned = turnedWeights(shape)
            if isGathered {
                geometry.eachGathered(count, geometry.wideBlocks, kernels.team) { blocks, positions, thread in
                    ck_conv_adjoint_gathered(
                        x.at(0), add?.at(0), y.at(0), turned, kernels.workspace.scratch(thread), shape, x.sampleStride,
                        y.sampleStride, add?.sampleStride ?? 0, Int32(blocks.lowerBound), Int32(blocks.upperBound),
                        Int32(positions.lowerBound), Int32(positions.upperBound), kernels.isa)
                }
                moments?.recordWhole(of: x, count: count, kernels: kernels)
                return
            }
            eachRowPiece(count, geometry.wideBlocks) { sample, block, blocks, piece in
                var written: [Range<Int>] = []
                geometry.narrow.eachSlice(rowPieces.range(piece)) { d, rows in
                    ck_conv_adjoint_rows(
                        x.at(sample), add?.at(sample), y.at(sample), turned, shape, Int32(block), Int32(blocks),
                        Int32(d), Int32(rows.lowerBound), Int32(rows.upperBound), kernels.isa)
                    if moments != nil {
                        written += geometry.wide.rows(covering: rows, ofSlice: d, stride: geometry.stride)
                    }
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
        let (wideBlocks, narrowBlocks) = (geometry.wideBlocks, geometry.narrowBlocks)
        let most = tiled?.gradientBlocks ?? 2
        let sums = kernels.workspace.partialSums(
            beside: kernels.arena.gradients.at(weights), count: geometry.weightCount, parts: gradientParts)
        let rows = count * (tiled?.tiles ?? geometry.narrow.rows)
        geometry.withShape { shape in
            kernels.team.each(gradientTiles * sums.parts) { index, thread in
                let (group, tile) = index.quotientAndRemainder(dividingBy: gradientTiles)
                let block = tile / wideBlocks * most
                if let tiled {
                    tiled.weightGradient(
                        sums[group], y, x, wideBlock: tile % wideBlocks,
                        narrowBlocks: block..<min(narrowBlocks, block + most),
                        tiles: rows * group / sums.parts..<rows * (group + 1) / sums.parts, thread: thread)
                    return
                }
                ck_conv_weight_gradient(
                    sums[group], y.at(0), x.at(0), shape, x.sampleStride, y.sampleStride, Int32(tile % wideBlocks),
                    Int32(block), Int32(min(most, narrowBlocks - block)), Int32(rows * group / sums.parts),
                    Int32(rows * (group + 1) / sums.parts), 0, kernels.isa)
            }
        }
        sums.merge()
    }

    /// The weights as the adjoint reads them.
    private func turnedWeights(_ shape: UnsafePointer<ck_conv>) -> UnsafePointer<Float> {
        let values = kernels.arena.values.at(weights)
        let blocks = geometry.wideBlocks
        let size = geometry.weightCount / blocks
        return UnsafePointer(
            kernels.workspace.derive(for: self, isAdjoint: true, blocks: 0..<blocks) { turned, block, _ in
                ck_conv_turn_weights(
                    turned + block * size, values, shape, Int32(block), Int32(block + 1), kernels.isa)
            })
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
}
