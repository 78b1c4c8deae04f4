import Foundation

/// A network's output for a whole volume, put together from overlapping windows of the size it was trained on.
///
/// Windows overlap as asked or more, and lie evenly from one end of the volume to the other. Where several cover a voxel,
/// their logits are averaged with the weights of a Gaussian about each window's middle, of an eighth of the window's side
/// as deviation, as nnU-Net does: a window knows least at its edges. They are added up in a fixed order, so that the same
/// network gives the same numbers. A volume that fits into one window gets that window's output as it is.
struct SlidingWindow {
    /// D, H, W of the volume.
    let extent: [Int]
    /// D, H, W of a window.
    let size: [Int]
    /// First voxel z, y, x of each window; negative along an axis where the volume is smaller than the window.
    let origins: [[Int]]

    /// - Parameter overlap: share of a window's side that its neighbour covers as well, below 1.
    init(extent: [Int], size: [Int], overlap: Double) {
        precondition(extent.count == 3 && size.count == 3 && (0..<1).contains(overlap))
        self.extent = extent
        self.size = size
        let places = (0..<3).map { Self.places(extent[$0], size[$0], overlap) }
        origins = places[0].flatMap { z in places[1].flatMap { y in places[2].map { x in [z, y, x] } } }
    }

    /// - Parameters:
    ///   - planes: outputs of the network, K.
    ///   - batchSize: windows to predict at a time.
    ///   - image: the image of a window by its first voxel, [C, D, H, W].
    ///   - predict: from up to `batchSize` images, one after the other, to their logits [N, K, D, H, W].
    /// - Returns: [K, D, H, W] of the volume.
    func logits(
        planes: Int, batchSize: Int, image: (_ origin: [Int]) throws -> [Float], predict: ([Float]) throws -> [Float]
    ) rethrows -> [Float] {
        let (voxels, positions) = (size.reduce(1, *), extent.reduce(1, *))
        let isAlone = origins.count == 1
        let weights = isAlone ? [Float](repeating: 1, count: voxels) : Self.weights(size)
        var sums = [Float](repeating: 0, count: planes * positions)
        var totals = [Float](repeating: 0, count: isAlone ? 0 : positions)
        for start in stride(from: 0, to: origins.count, by: batchSize) {
            let some = origins[start..<min(start + batchSize, origins.count)]
            var images: [Float] = []
            for origin in some { images += try image(origin) }
            let output = try predict(images)
            precondition(output.count == some.count * planes * voxels)
            for (index, origin) in some.enumerated() {
                for plane in 0..<planes {
                    add(output, from: (index * planes + plane) * voxels, weights, at: origin, to: &sums, plane)
                }
                if !isAlone { add(weights, from: 0, nil, at: origin, to: &totals, 0) }
            }
        }
        guard !isAlone else { return sums }
        sums.withUnsafeMutableBufferPointer { sums in
            totals.withUnsafeBufferPointer { totals in
                for plane in 0..<planes {
                    // Within bounds: as many totals as one plane has sums.
                    for position in 0..<positions { sums[plane * positions + position] /= totals[position] }
                }
            }
        }
        return sums
    }

    /// Adds one plane of one window, weighed where there are weights.
    private func add(
        _ values: [Float], from first: Int, _ weights: [Float]?, at origin: [Int], to sums: inout [Float], _ plane: Int
    ) {
        let columns = inside(origin, 2)
        values.withUnsafeBufferPointer { values in
            sums.withUnsafeMutableBufferPointer { sums in
                for z in inside(origin, 0) {
                    for y in inside(origin, 1) {
                        // Within bounds: rows of the window that lie within the volume, cut to it.
                        let place = (z * size[1] + y) * size[2] + columns.lowerBound
                        let row = ((plane * extent[0] + origin[0] + z) * extent[1] + origin[1] + y) * extent[2]
                        guard let from = values.baseAddress, let to = sums.baseAddress else { return }
                        let (source, sum) = (from + first + place, to + row + origin[2] + columns.lowerBound)
                        if let weights {
                            weights.withUnsafeBufferPointer { weights in
                                for x in 0..<columns.count { sum[x] += weights[place + x] * source[x] }
                            }
                        } else {
                            for x in 0..<columns.count { sum[x] += source[x] }
                        }
                    }
                }
            }
        }
    }

    /// The places of a window that lie within the volume.
    private func inside(_ origin: [Int], _ axis: Int) -> Range<Int> {
        max(0, -origin[axis])..<min(size[axis], extent[axis] - origin[axis])
    }

    private static func places(_ extent: Int, _ size: Int, _ overlap: Double) -> [Int] {
        let room = extent - size
        // A volume smaller than the window lies in its middle.
        guard room > 0 else { return [-(-room / 2)] }
        let step = max(1, Int(Double(size) * (1 - overlap)))
        let last = (room + step - 1) / step
        return (0...last).map { Int((Double(room) * Double($0) / Double(last)).rounded()) }
    }

    /// A Gaussian about the middle of a window: [D, H, W].
    private static func weights(_ size: [Int]) -> [Float] {
        let axes = size.map { side in
            (0..<side).map { place in
                let distance = (Double(place) - Double(side - 1) / 2) / (Double(side) / 8)
                return exp(-distance * distance / 2)
            }
        }
        return axes[0].flatMap { z in axes[1].flatMap { y in axes[2].map { x in Float(z * y * x) } } }
    }
}
