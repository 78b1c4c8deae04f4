import CKernels

/// What a convolution with kernel 3 and stride 1 needs to be computed by ck_winograd.h, where that pays.
final class WinogradConvolution {
    /// Fewer tiles than this in a batch leave most of the work in the weights' transform.
    private static let fewestTiles = 16
    /// Tiles of one sample's piece of a pass: their outputs are still in the cache when their moments are taken.
    private static let pieceTiles = 56
    private static let enoughPieces = 8

    /// Of a sample whose pieces are computed one by one; 1 where chunks of tiles run on through the samples.
    let pieces: Int
    private let kernels: Kernels
    private let shape: ck_conv
    private let grid: Grid
    /// Tiles in a row of them, rows in a slice, and rows in all.
    private let across: Int
    private let down: Int
    private let tileRows: Int
    private let isWhole: Bool
    /// Tiles of one call.
    private let chunk: Int
    private let weights: FloatBuffer
    private let turnedWeights: FloatBuffer
    /// A thread's own.
    private let scratch: [FloatBuffer]

    /// nil where the shape doesn't allow it or it would not pay.
    init?(_ shape: ck_conv, grid: Grid, kernels: Kernels) {
        var shape = shape
        let tiles = Int(ck_winograd_tiles(&shape))
        guard ck_winograd_fits(&shape) != 0, tiles * kernels.batch >= Self.fewestTiles else { return nil }
        self.kernels = kernels
        self.grid = grid
        (across, down) = (grid.width / 2, grid.height / 2)
        tileRows = tiles / across
        let blocks = Int(max(shape.wide_blocks, shape.narrow_blocks))
        let most = Int(CK_WINOGRAD_TILES)
        // Half as many where a chunk's transformed input would leave no room in the second-level cache.
        chunk = blocks * (grid.dimensions == 3 ? 64 : 16) >= 512 ? most / 2 : most
        isWhole = tiles >= most / 2
        let rowsOfPiece = (Self.pieceTiles + across - 1) / across
        pieces = isWhole ? (tileRows + rowsOfPiece - 1) / rowsOfPiece : 1
        weights = FloatBuffer(count: ck_winograd_weights(&shape))
        turnedWeights = FloatBuffer(count: ck_winograd_weights(&shape))
        let turned = ck_conv_weights(&shape) / Int(shape.wide_blocks)
        let room = max(turned, ck_winograd_scratch(&shape), ck_winograd_gradient_scratch(&shape))
        scratch = (0..<kernels.team.threads).map { _ in FloatBuffer(count: room) }
        self.shape = shape
    }

    /// Tiles of one sample.
    var tiles: Int { tileRows * across }

    /// Brings the transformed weights up to date: blocks of the narrow tensor first, then of the wide one.
    func transform(_ piece: Int, values: UnsafePointer<Float>, thread: Int) {
        let narrow = Int(shape.narrow_blocks)
        var shape = shape
        if piece < narrow {
            ck_winograd_transform(
                weights.base, values, &shape, 0, Int32(piece), Int32(piece + 1), kernels.isa)
            return
        }
        let block = piece - narrow
        let room = scratch[thread].base
        ck_conv_turn_weights(room, values, &shape, Int32(block), Int32(block + 1), kernels.isa)
        ck_winograd_transform(
            turnedWeights.at(block * turnedWeights.count / Int(shape.wide_blocks)), room, &shape, 1, 0, 1, kernels.isa)
    }

    /// y = conv(x), its adjoint if `isAdjoint`, or that plus `add`.
    func forward(
        _ y: FeatureMap, _ x: FeatureMap, isAdjoint: Bool, adding add: FeatureMap?, count: Int, moments: Moments?
    ) {
        let transformed = isAdjoint ? turnedWeights : weights
        withShape { shape in
            func compute(_ blocks: Range<Int>, _ tiles: Range<Int>, _ thread: Int) {
                ck_winograd_forward(
                    y.at(0), add?.at(0), x.at(0), transformed.base, scratch[thread].base, shape, isAdjoint ? 1 : 0,
                    x.sampleStride, y.sampleStride, add?.sampleStride ?? 0, Int32(blocks.lowerBound),
                    Int32(blocks.upperBound), Int32(tiles.lowerBound), Int32(tiles.upperBound), kernels.isa)
            }
            guard isWhole else {
                eachChunk(count, y.blocks, compute)
                moments?.recordWhole(of: y, count: count, kernels: kernels)
                return
            }
            kernels.team.each(count * pieces) { index, thread in
                let (sample, piece) = index.quotientAndRemainder(dividingBy: pieces)
                let rows = tileRows * piece / pieces..<tileRows * (piece + 1) / pieces
                let start = sample * tiles + rows.lowerBound * across
                let chunks = (rows.count * across + chunk - 1) / chunk
                for part in 0..<chunks {
                    compute(
                        0..<y.blocks,
                        start + rows.count * across * part / chunks..<start + rows.count * across * (part + 1) / chunks,
                        thread)
                }
                guard let moments else { return }
                let written = gridRows(rows)
                for block in 0..<moments.blocks {
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
        withShape { shape in
            ck_winograd_weight_gradient(
                sum, y.at(0), x.at(0), scratch[thread].base, shape, x.sampleStride, y.sampleStride, Int32(wideBlock),
                Int32(narrowBlocks.lowerBound), Int32(narrowBlocks.count), Int32(tiles.lowerBound),
                Int32(tiles.upperBound), kernels.isa)
        }
    }

    private func withShape(_ body: (UnsafePointer<ck_conv>) -> Void) {
        var shape = shape
        withUnsafePointer(to: &shape, body)
    }

    /// Chunks that run on through the samples; where they are few, the output's blocks are cut as well.
    private func eachChunk(_ count: Int, _ blocks: Int, _ body: (Range<Int>, Range<Int>, Int) -> Void) {
        let all = count * tiles
        let chunks = (all + chunk - 1) / chunk
        let pairs = (blocks + 1) / 2
        let groups = min(pairs, (Self.enoughPieces + chunks - 1) / chunks)
        kernels.team.each(groups * chunks) { index, thread in
            let (group, part) = index.quotientAndRemainder(dividingBy: chunks)
            body(
                2 * (pairs * group / groups)..<min(blocks, 2 * (pairs * (group + 1) / groups)),
                all * part / chunks..<all * (part + 1) / chunks, thread)
        }
    }

    /// The grid's rows, counted through the slices, that rows of tiles cover.
    private func gridRows(_ rows: Range<Int>) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        var row = rows.lowerBound
        while row < rows.upperBound {
            let (d, first) = row.quotientAndRemainder(dividingBy: down)
            let last = min(down, first + rows.upperBound - row)
            for slice in grid.dimensions == 3 ? 2 * d..<2 * d + 2 : 0..<1 {
                ranges.append(slice * grid.height + 2 * first..<slice * grid.height + 2 * last)
            }
            row += last - first
        }
        return ranges
    }
}
