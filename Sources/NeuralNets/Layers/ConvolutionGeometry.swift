import CKernels

/// What the kernels of a convolution between blocked tensors know of it, and how its passes are cut.
struct ConvolutionGeometry {
    /// Rows shorter than this leave registers idle.
    private static let shortRow = 8
    /// Enough pieces of work to keep a few threads busy to the end.
    static let enoughPieces = 8

    let wide: Grid
    let wideBlocks: Int
    let narrow: Grid
    let narrowBlocks: Int
    let stride: Int
    let shape: ck_conv
    /// Floats of the weights.
    let weightCount: Int

    /// - Parameters:
    ///   - wide: the grid of the convolution's input; its output has the grid `narrow`.
    ///   - kernel: 3, or 1 with stride 1.
    ///   - stride: 1 or 2.
    init(wide: Grid, wideBlocks: Int, narrow: Grid, narrowBlocks: Int, kernel: Int, stride: Int) {
        (self.wide, self.wideBlocks) = (wide, wideBlocks)
        (self.narrow, self.narrowBlocks) = (narrow, narrowBlocks)
        self.stride = stride
        var shape = ck_conv(
            dims: Int32(wide.dimensions), kernel: Int32(kernel), stride: Int32(stride), wide_blocks: Int32(wideBlocks),
            narrow_blocks: Int32(narrowBlocks), wide: wide.ck, narrow: narrow.ck)
        weightCount = ck_conv_weights(&shape)
        self.shape = shape
    }

    /// Whether rows are so short that positions are better gathered.
    var hasShortRows: Bool { narrow.width < Self.shortRow }

    func withShape(_ body: (UnsafePointer<ck_conv>) -> Void) {
        var shape = shape
        withUnsafePointer(to: &shape, body)
    }

    /// Parts that a weights' gradient is summed in, of a batch with `rows` in all. Tiles of the weights are independent;
    /// where they are few, the batch is cut as well.
    static func gradientParts(tiles: Int, rows: Int) -> Int { min((enoughPieces + tiles - 1) / tiles, rows) }

    /// Calls `body` with the blocks of an output of `blocks`, positions of the batch's, and thread.
    func eachGathered(_ count: Int, _ blocks: Int, _ team: ThreadTeam, _ body: (Range<Int>, Range<Int>, Int) -> Void) {
        let positions = count * narrow.positions
        let cuts = (positions + Int(CK_GATHER) - 1) / Int(CK_GATHER)
        let groups = min((blocks + 1) / 2, (Self.enoughPieces + cuts - 1) / cuts)
        team.each(groups * cuts) { index, thread in
            let (group, cut) = index.quotientAndRemainder(dividingBy: cuts)
            body(
                Lanes.group(group, of: groups, blocks: blocks), positions * cut / cuts..<positions * (cut + 1) / cuts,
                thread)
        }
    }
}
