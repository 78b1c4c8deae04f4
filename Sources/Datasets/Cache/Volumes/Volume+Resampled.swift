import CCodecs

extension Volume {
    /// The extent at which voxels of `spacing` cover what voxels of `old` did, to the nearest whole voxel.
    static func extent(_ extent: [Int], spacing old: [Double], to spacing: [Double]) -> [Int] {
        (0..<3).map { axis in
            let wanted = Double(extent[axis]) * old[axis] / spacing[axis]
            // A side beyond all limits is refused by the caller; it must only not trap here.
            return max(1, Int(min(1e9, wanted.rounded())))
        }
    }

    /// The same volume with other voxels: values by a triangle filter (linear when growing, antialiased when
    /// shrinking), labels as the one that weighs most by the same filter, the lower of two that weigh the same.
    ///
    /// - Parameter values: of the labels.
    func resampled(to extent: [Int], labelValues: Set<UInt8>) -> Volume {
        if extent == self.extent { return self }
        let grid = ResampledGrid(from: self.extent, to: extent)
        let size = self.size
        var result = Volume(channels: channels, extent: extent, values: [], labels: [])
        result.values.reserveCapacity(channels * result.size)
        values.withUnsafeBufferPointer { buffer in
            for channel in 0..<channels {
                result.values += grid.resample(Array(buffer[channel * size..<(channel + 1) * size]))
            }
        }
        result.labels = [UInt8](repeating: 0, count: result.size)
        var best = [Float](repeating: 0, count: result.size)
        var indicator = [Float](repeating: 0, count: size)
        for value in labelValues.sorted() {
            plateau_indicate(&indicator, labels, size, value)
            let score = grid.resample(indicator)
            // Within bounds: result.size of each.
            plateau_keep_best(&result.labels, &best, score, result.size, value)
        }
        return result
    }
}

/// How the samples of one grid are made of those of another, axis by axis.
struct ResampledGrid {
    private struct Axis {
        var first: [UInt32]
        /// As many for each position, the last ones 0 where fewer are needed.
        var weights: [Float]
        var taps: Int

        init(from: Int, to: Int) {
            let all = TriangleTaps.all(from: from, to: to)
            let taps = all.map(\.weights.count).max() ?? 1
            self.taps = taps
            first = all.map { UInt32($0.first) }
            weights = all.flatMap { $0.weights + [Float](repeating: 0, count: taps - $0.weights.count) }
        }
    }

    private let from: [Int]
    private let to: [Int]
    private let axes: [Axis]

    init(from: [Int], to: [Int]) {
        self.from = from
        self.to = to
        axes = zip(from, to).map(Axis.init)
    }

    /// - Parameter values: [D, H, W] of the old grid.
    /// - Returns: [D, H, W] of the new one.
    func resample(_ values: [Float]) -> [Float] {
        var values = values
        var extent = from
        for axis in [2, 1, 0] where from[axis] != to[axis] {
            let outer = extent[..<axis].reduce(1, *)
            let inner = extent[(axis + 1)...].reduce(1, *)
            values = [Float](unsafeUninitializedCapacity: outer * to[axis] * inner) { buffer, count in
                // Within bounds: the taps with weight lie inside the axis.
                plateau_resample_axis(
                    buffer.baseAddress, values, outer, to[axis], from[axis], inner, axes[axis].first,
                    axes[axis].weights, axes[axis].taps)
                count = outer * to[axis] * inner
            }
            extent[axis] = to[axis]
        }
        return values
    }
}
