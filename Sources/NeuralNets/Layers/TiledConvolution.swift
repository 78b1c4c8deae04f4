import CKernels

/// What a convolution with kernel 3 needs to be computed by minimal filtering, tile by tile, where that pays: by
/// ck_winograd.h with stride 1, by ck_polyphase.h with stride 2.
final class TiledConvolution {
    /// Fewer tiles than this in a batch leave most of the work in the weights' transform. With stride 2 less is saved: 16
    /// of 128→512 channels are slower than directly, 32 faster by a tenth.
    private static let fewestTiles = 16
    private static let fewestStridedTiles = 32
    /// Floats of the transformed weights that are held at once, 4 MiB: some more where two blocks of the output have more.
    private static let weightsAtOnce = 1 << 20
    /// Tiles of one sample's piece of a pass: their outputs are still in the cache when their moments are taken.
    private static let pieceTiles = 56

    /// Of a sample whose pieces are computed one by one; 1 where chunks of tiles run on through the samples.
    let pieces: Int
    /// The most blocks of the narrow tensor in one piece of the weights' gradient.
    let gradientBlocks: Int
    private let kernels: Kernels
    private let geometry: ConvolutionGeometry
    /// Floats of the transformed weights.
    private let transformedCount: Int
    private let isStrided: Bool
    /// Tiles in a row of them, rows in a slice, and rows in all.
    private let across: Int
    private let tileGrid: Grid
    private let tileRows: Int
    private let isWhole: Bool
    /// Tiles of one call.
    private let chunk: Int

    /// nil where the shape doesn't allow it or it would not pay.
    init?(_ geometry: ConvolutionGeometry, kernels: Kernels) {
        guard let tiles = Self.tiles(of: geometry, batch: kernels.batch) else { return nil }
        let narrow = geometry.narrow
        var shape = geometry.shape
        isStrided = geometry.stride == 2
        self.kernels = kernels
        gradientBlocks = isStrided ? Int(CK_POLYPHASE_BLOCKS) : 2
        tileGrid = narrow.halved
        across = tileGrid.width
        tileRows = tiles / across
        let blocks = max(geometry.wideBlocks, geometry.narrowBlocks)
        let isDeep = narrow.dimensions == 3
        let most = Int(isStrided ? CK_POLYPHASE_TILES : CK_WINOGRAD_TILES)
        // Half as many where what a chunk keeps in scratch would leave no room in the second-level cache.
        let kept = isStrided ? (isDeep ? 250 : 50) : (isDeep ? 64 : 16)
        chunk = blocks * kept >= 512 ? most / 2 : most
        isWhole = tiles >= most / 2
        let rowsOfPiece = (Self.pieceTiles + across - 1) / across
        pieces = isWhole ? (tileRows + rowsOfPiece - 1) / rowsOfPiece : 1
        transformedCount = isStrided ? ck_polyphase_weights(&shape) : ck_winograd_weights(&shape)
        let scratch = max(
            geometry.weightCount / geometry.wideBlocks,
            isStrided ? ck_polyphase_scratch(&shape) : ck_winograd_scratch(&shape),
            isStrided ? ck_polyphase_gradient_scratch(&shape) : ck_winograd_gradient_scratch(&shape))
        self.geometry = geometry
        for blocks in [geometry.wideBlocks, geometry.narrowBlocks] {
            let groups = weightGroups(blocks)
            let most = (0..<groups).map { Lanes.group($0, of: groups, blocks: blocks).count }.max() ?? 0
            kernels.workspace.reserve(scratch: scratch, derived: most * transformedCount / blocks)
        }
    }

    /// Tiles of one sample; nil where the shape doesn't allow it, or a batch has too few for it to pay.
    static func tiles(of geometry: ConvolutionGeometry, batch: Int) -> Int? {
        var shape = geometry.shape
        let isStrided = geometry.stride == 2
        guard (isStrided ? ck_polyphase_fits(&shape) : ck_winograd_fits(&shape)) != 0 else { return nil }
        let tiles = Int(isStrided ? ck_polyphase_tiles(&shape) : ck_winograd_tiles(&shape))
        return tiles * batch >= (isStrided ? fewestStridedTiles : fewestTiles) ? tiles : nil
    }

    /// Tiles of one sample.
    var tiles: Int { tileRows * across }

    /// y = conv(x), its adjoint if `isAdjoint`, or that plus `add`; `values` are the weights.
    func forward(
        _ y: FeatureMap, _ x: FeatureMap, values: UnsafePointer<Float>, isAdjoint: Bool, adding add: FeatureMap?,
        count: Int, moments: Moments?
    ) {
        let groups = weightGroups(y.blocks)
        for group in 0..<groups {
            let blocks = Lanes.group(group, of: groups, blocks: y.blocks)
            forward(
                y, x, values: values, isAdjoint: isAdjoint, adding: add, blocks: blocks, count: count, moments: moments)
        }
        if !isWhole { moments?.recordWhole(of: y, count: count, kernels: kernels) }
    }

    /// The part of a pass that gives some blocks of its output.
    private func forward(
        _ y: FeatureMap, _ x: FeatureMap, values: UnsafePointer<Float>, isAdjoint: Bool, adding add: FeatureMap?,
        blocks all: Range<Int>, count: Int, moments: Moments?
    ) {
        let forward = isStrided ? ck_polyphase_forward : ck_winograd_forward
        let (workspace, size) = (kernels.workspace, transformedCount / y.blocks)
        geometry.withShape { shape in
            let transformed = transform(values, shape, isAdjoint: isAdjoint, blocks: all)
            func compute(_ blocks: Range<Int>, _ tiles: Range<Int>, _ thread: Int) {
                forward(
                    y.at(0), add?.at(0), x.at(0), transformed + (blocks.lowerBound - all.lowerBound) * size,
                    workspace.scratch(thread), shape, isAdjoint ? 1 : 0, x.sampleStride, y.sampleStride,
                    add?.sampleStride ?? 0, Int32(blocks.lowerBound), Int32(blocks.upperBound),
                    Int32(tiles.lowerBound), Int32(tiles.upperBound), kernels.isa)
            }
            guard isWhole else {
                eachChunk(count, all, compute)
                return
            }
            kernels.team.each(count * pieces) { index, thread in
                let (sample, piece) = index.quotientAndRemainder(dividingBy: pieces)
                let rows = tileRows * piece / pieces..<tileRows * (piece + 1) / pieces
                let start = sample * tiles + rows.lowerBound * across
                let chunks = (rows.count * across + chunk - 1) / chunk
                for part in 0..<chunks {
                    compute(
                        all,
                        start + rows.count * across * part / chunks..<start + rows.count * across * (part + 1) / chunks,
                        thread)
                }
                guard let moments else { return }
                let written = gridRows(rows, of: y.grid)
                for block in all where block < moments.blocks {
                    moments.record(sample, block, piece: piece, of: y, rows: written, isa: kernels.isa)
                }
            }
        }
    }

    /// One piece of the weights' gradient.
    func weightGradient(
        _ sum: UnsafeMutablePointer<Float>, _ y: FeatureMap, _ x: FeatureMap, wideBlock: Int, narrowBlocks: Range<Int>,
        tiles: Range<Int>, thread: Int
    ) {
        let gradient = isStrided ? ck_polyphase_weight_gradient : ck_winograd_weight_gradient
        geometry.withShape { shape in
            gradient(
                sum, y.at(0), x.at(0), kernels.workspace.scratch(thread), shape, x.sampleStride, y.sampleStride,
                Int32(wideBlock), Int32(narrowBlocks.lowerBound), Int32(narrowBlocks.count), Int32(tiles.lowerBound),
                Int32(tiles.upperBound), kernels.isa)
        }
    }

    /// How many times a pass transforms a part of the weights, and computes the blocks of the output that are due to it.
    private func weightGroups(_ blocks: Int) -> Int {
        min((blocks + 1) / 2, (transformedCount + Self.weightsAtOnce - 1) / Self.weightsAtOnce)
    }

    /// The weights as a pass reads them, of some blocks of its output.
    private func transform(
        _ values: UnsafePointer<Float>, _ shape: UnsafePointer<ck_conv>, isAdjoint: Bool, blocks: Range<Int>
    ) -> UnsafePointer<Float> {
        let transform = isStrided ? ck_polyphase_transform : ck_winograd_transform
        let workspace = kernels.workspace
        let all = isAdjoint ? geometry.wideBlocks : geometry.narrowBlocks
        let (size, stored) = (transformedCount / all, geometry.weightCount / all)
        return UnsafePointer(
            workspace.derive(for: self, isAdjoint: isAdjoint, blocks: blocks) { transformed, block, thread in
                let result = transformed + (block - blocks.lowerBound) * size
                guard isAdjoint else {
                    transform(result, values + block * stored, shape, 0, kernels.isa)
                    return
                }
                let turned = workspace.scratch(thread)
                ck_conv_turn_weights(turned, values, shape, Int32(block), Int32(block + 1), kernels.isa)
                transform(result, turned, shape, 1, kernels.isa)
            })
    }

    /// Chunks that run on through the samples; where they are few, the output's blocks are cut as well.
    private func eachChunk(_ count: Int, _ blocks: Range<Int>, _ body: (Range<Int>, Range<Int>, Int) -> Void) {
        let all = count * tiles
        let chunks = (all + chunk - 1) / chunk
        let groups = min((blocks.count + 1) / 2, (ConvolutionGeometry.enoughPieces + chunks - 1) / chunks)
        kernels.team.each(groups * chunks) { index, thread in
            let (group, part) = index.quotientAndRemainder(dividingBy: chunks)
            let ours = Lanes.group(group, of: groups, blocks: blocks.count)
            body(
                blocks.lowerBound + ours.lowerBound..<blocks.lowerBound + ours.upperBound,
                all * part / chunks..<all * (part + 1) / chunks, thread)
        }
    }

    /// The rows of an output's grid, counted through the slices, that rows of tiles cover.
    private func gridRows(_ rows: Range<Int>, of grid: Grid) -> [Range<Int>] {
        let side = grid.height / tileGrid.height
        var ranges: [Range<Int>] = []
        tileGrid.eachSlice(rows) { d, rows in
            ranges += grid.rows(covering: rows, ofSlice: d, stride: side)
        }
        return ranges
    }
}
