/// A planar tensor (ck_grid.h): few channels, each laid out by itself.
struct PlanarMap {
    let grid: Grid
    let channels: Int
    private let storage: FloatBuffer

    /// Zeroed.
    init(_ grid: Grid, channels: Int, batch: Int) {
        self.grid = grid
        self.channels = channels
        storage = FloatBuffer(count: batch * channels * grid.volume)
    }

    /// The first position inside the halo of a sample's channel.
    func at(_ sample: Int, _ channel: Int = 0) -> UnsafeMutablePointer<Float> {
        storage.at((sample * channels + channel) * grid.volume + grid.origin)
    }

    /// Copies [C, D, H, W] in, to the grid's origin.
    ///
    /// - Precondition: `extent` is no larger than the grid.
    func copy(_ sample: Int, from values: UnsafePointer<Float>, extent: Grid) {
        eachRow(sample, extent) { row, offset in row.update(from: values + offset, count: extent.width) }
    }

    /// Copies [C, D, H, W] out.
    func copy(_ sample: Int, to values: UnsafeMutablePointer<Float>, extent: Grid) {
        eachRow(sample, extent) { row, offset in (values + offset).update(from: row, count: extent.width) }
    }

    private func eachRow(_ sample: Int, _ extent: Grid, _ body: (UnsafeMutablePointer<Float>, Int) -> Void) {
        precondition(extent.depth <= grid.depth && extent.height <= grid.height && extent.width <= grid.width)
        var offset = 0
        for channel in 0..<channels {
            let first = at(sample, channel)
            for d in 0..<extent.depth {
                for h in 0..<extent.height {
                    body(first + d * grid.planeStride + h * grid.rowStride, offset)
                    offset += extent.width
                }
            }
        }
    }
}
