import CKernels

/// Depth, height and width of a tensor with its halo of zeros; see ck_grid.h. Images have depth 1 and no halo there.
struct Grid: Hashable {
    let dimensions: Int
    let depth: Int
    let height: Int
    let width: Int

    /// - Parameter size: [H, W] or [D, H, W].
    init(_ size: [Int]) {
        precondition(size.count == 2 || size.count == 3)
        dimensions = size.count
        depth = size.count == 3 ? size[0] : 1
        height = size[size.count - 2]
        width = size[size.count - 1]
    }

    /// Half as many positions a side.
    var halved: Grid { Grid((dimensions == 3 ? [depth / 2] : []) + [height / 2, width / 2]) }

    /// Those inside the halo.
    var positions: Int { depth * height * width }
    var rows: Int { depth * height }
    var rowStride: Int { width + 2 }
    var planeStride: Int { (height + 2) * rowStride }
    /// Positions of one block or channel with its halo.
    var volume: Int { planeStride * (dimensions == 3 ? depth + 2 : 1) }
    /// Positions of the halo in front of the first one inside.
    var origin: Int { (dimensions == 3 ? planeStride : 0) + rowStride + 1 }

    var ck: ck_grid {
        ck_grid(
            D: Int32(depth), H: Int32(height), W: Int32(width), row: Int32(rowStride), plane: Int32(planeStride),
            volume: Int32(volume))
    }

    /// The first position of a row, rows counted through the slices.
    func start(ofRow row: Int) -> Int { row / height * planeStride + row % height * rowStride }

    /// Cuts rows that are counted through the slices at the slices' ends: calls `body` with slice and rows in it.
    func eachSlice(_ rows: Range<Int>, _ body: (Int, Range<Int>) -> Void) {
        var row = rows.lowerBound
        while row < rows.upperBound {
            let d = row / height
            let end = min(rows.upperBound, (d + 1) * height)
            body(d, row - d * height..<end - d * height)
            row = end
        }
    }

    /// The rows, counted through the slices, that cover rows of slice `d` of a grid that is `stride` times as coarse.
    func rows(covering rows: Range<Int>, ofSlice d: Int, stride: Int) -> [Range<Int>] {
        let deep = dimensions == 3 ? stride : 1
        return (d * deep..<(d + 1) * deep).map { slice in
            slice * height + stride * rows.lowerBound..<slice * height + stride * rows.upperBound
        }
    }
}
