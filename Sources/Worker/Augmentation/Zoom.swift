/// Samples a box at another scale about its centre: images linearly, labels by the nearest voxel. What would lie outside
/// the source is its edge, for images and labels alike.
struct Zoom {
    /// Along one axis: for each place of the result, the place of the source before it, the weight of the one after, and
    /// the nearest.
    private struct Axis {
        var before: [Int] = []
        var after: [Int] = []
        var weight: [Float] = []
        var nearest: [Int] = []

        init(from: Int, to: Int, scale: Double) {
            for place in 0..<to {
                let exact = Double(from - 1) / 2 + (Double(place) - Double(to - 1) / 2) / scale
                let inside = min(max(exact, 0), Double(from - 1))
                let first = Int(inside)
                before.append(first)
                after.append(min(first + 1, from - 1))
                weight.append(Float(inside - Double(first)))
                nearest.append(min(Int(inside + 0.5), from - 1))
            }
        }
    }

    let from: [Int]
    let to: [Int]
    private let axes: [Axis]

    /// - Parameters:
    ///   - from: D, H, W of the source, each at least 1.
    ///   - to: those of the result.
    ///   - scale: above 1 things grow.
    init(from: [Int], to: [Int], scale: Double) {
        self.from = from
        self.to = to
        axes = (0..<3).map { Axis(from: from[$0], to: to[$0], scale: scale) }
    }

    /// Sides of a source that has, at this scale, all that a result of these sides shows.
    static func sourceSize(of size: [Int], scale: Double) -> [Int] {
        scale == 1 ? size : size.map { Int((Double($0 - 1) / scale).rounded(.up)) + 1 }
    }

    /// One channel, linearly.
    func values(_ source: UnsafePointer<Float>, to result: UnsafeMutablePointer<Float>) {
        let (depth, rows, columns) = (axes[0], axes[1], axes[2])
        let (width, plane) = (from[2], from[1] * from[2])
        // A row of the source as it would lie between its neighbours.
        withUnsafeTemporaryAllocation(of: Float.self, capacity: width) { line in
            var out = result
            for z in 0..<to[0] {
                for y in 0..<to[1] {
                    let (wz, wy) = (depth.weight[z], rows.weight[y])
                    // Within bounds: places of the source along each axis.
                    let a = source + depth.before[z] * plane + rows.before[y] * width
                    let b = source + depth.before[z] * plane + rows.after[y] * width
                    let c = source + depth.after[z] * plane + rows.before[y] * width
                    let d = source + depth.after[z] * plane + rows.after[y] * width
                    if wz == 0 {
                        for x in 0..<width { line[x] = a[x] + wy * (b[x] - a[x]) }
                    } else {
                        for x in 0..<width {
                            let near = a[x] + wy * (b[x] - a[x])
                            let far = c[x] + wy * (d[x] - c[x])
                            line[x] = near + wz * (far - near)
                        }
                    }
                    for x in 0..<to[2] {
                        let left = line[columns.before[x]]
                        out[x] = left + columns.weight[x] * (line[columns.after[x]] - left)
                    }
                    out += to[2]
                }
            }
        }
    }

    /// Labels, by the nearest.
    func labels(_ source: UnsafePointer<UInt8>, to result: UnsafeMutablePointer<UInt8>) {
        let columns = axes[2].nearest
        var out = result
        for z in axes[0].nearest {
            for y in axes[1].nearest {
                // Within bounds: places of the source along each axis.
                let row = source + (z * from[1] + y) * from[2]
                for x in 0..<to[2] { out[x] = row[columns[x]] }
                out += to[2]
            }
        }
    }
}
