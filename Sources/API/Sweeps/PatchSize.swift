/// The patch that volumes are trained on where nobody chose one.
enum PatchSize {
    /// Voxels of a default patch at most, near 80×80×80: what fits training with room to spare.
    static let defaultVoxelLimit = 1 << 19

    /// The median extent, each side rounded up to what the network halves evenly; where that is more than
    /// `defaultVoxelLimit`, the longest side is shortened, step by step, until it fits.
    ///
    /// - Parameters:
    ///   - extent: D, H, W in voxels, each at least 1.
    ///   - multiple: 2^(levels − 1) of the deepest network; at most 64.
    static func standard(extent: [Int], multiple: Int) -> [Int] {
        var size = extent.map { max(1, ($0 + multiple - 1) / multiple) * multiple }
        while size.reduce(1, *) > defaultVoxelLimit, let longest = size.max(), longest > multiple,
            let axis = size.firstIndex(of: longest)
        {
            size[axis] -= multiple
        }
        return size
    }

    /// The extent of what was `extent` once its voxels have other edges.
    static func resampled(extent: [Int], from old: [Double], to new: [Double]) -> [Int] {
        zip(extent, zip(old, new)).map { count, edges in
            max(1, Int((Double(count) * edges.0 / edges.1).rounded()))
        }
    }
}
