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
}
