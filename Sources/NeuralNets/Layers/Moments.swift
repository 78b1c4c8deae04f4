import CKernels

/// Mean and spread of each channel of a blocked tensor, taken piece by piece while the pieces are still in the cache,
/// and merged in a fixed order.
///
/// `@unchecked Sendable` is not needed: pieces are written by the threads of one team, each to its own place.
final class Moments {
    private static let size = 1 + 2 * Lanes.count

    let pieces: Int
    let blocks: Int
    /// Of each (sample, block, piece): the number of values, 16 means, 16 sums of squared distances from them.
    private let numbers: UnsafeMutableBufferPointer<Double>

    init(batch: Int, blocks: Int, pieces: Int) {
        self.blocks = blocks
        self.pieces = pieces
        numbers = .allocate(capacity: batch * blocks * pieces * Self.size)
        numbers.initialize(repeating: 0)
    }

    deinit { numbers.deallocate() }

    /// - Parameter rows: ranges of rows, counted through the slices, that make up the piece.
    func record(
        _ sample: Int, _ block: Int, piece: Int, of map: FeatureMap, rows: [Range<Int>], isa: ck_isa
    ) {
        let own = place(sample, block, piece)
        own[0] = 0
        var grid = map.grid.ck
        withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 * Lanes.count) { rest in
            guard let rest = rest.baseAddress else { return }
            for range in rows {
                let count = Double(range.count * map.grid.width)
                let isFirst = own[0] == 0
                let mean = isFirst ? own + 1 : rest
                ck_norm_moments(
                    mean, mean + Lanes.count, map.at(sample, block), &grid, Int32(range.lowerBound),
                    Int32(range.upperBound), isa)
                if !isFirst { ck_norm_merge(own + 1, own + 1 + Lanes.count, own[0], mean, mean + Lanes.count, count) }
                own[0] += count
            }
        }
    }

    /// Records all of a map as one piece.
    func recordWhole(of map: FeatureMap, count: Int, kernels: Kernels) {
        kernels.team.each(count * blocks) { index in
            let (sample, block) = index.quotientAndRemainder(dividingBy: blocks)
            record(sample, block, piece: 0, of: map, rows: [0..<map.grid.rows], isa: kernels.isa)
        }
    }

    /// Merges the pieces of some samples' block: calls `body` with the number of values, means and sums of squares.
    func merged(
        _ samples: Range<Int>, _ block: Int, _ body: (Double, UnsafePointer<Double>, UnsafePointer<Double>) -> Void
    ) {
        withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 * Lanes.count) { total in
            guard let mean = total.baseAddress else { return }
            let squares = mean + Lanes.count
            var count = 0.0
            for sample in samples {
                for piece in 0..<pieces {
                    let part = place(sample, block, piece)
                    if count == 0 {
                        mean.update(from: part + 1, count: 2 * Lanes.count)
                    } else {
                        ck_norm_merge(mean, squares, count, part + 1, part + 1 + Lanes.count, part[0])
                    }
                    count += part[0]
                }
            }
            body(count, mean, squares)
        }
    }

    private func place(_ sample: Int, _ block: Int, _ piece: Int) -> UnsafeMutablePointer<Double> {
        let index = ((sample * blocks + block) * pieces + piece) * Self.size
        precondition(index >= 0 && index + Self.size <= numbers.count)
        return numbers.baseAddress! + index  // Not empty: checked above.
    }
}
