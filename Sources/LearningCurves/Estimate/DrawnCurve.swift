import Foundation

/// One curve of expected DSC that the evidence allows: a member of a family and how it strays from it, linear in log n
/// between knots.
struct DrawnCurve {
    let family: SaturationFamily
    let shape: SaturationFamily.Shape
    /// At most 1.
    let asymptote: Double
    /// At the smallest block of sizes, at least 0.
    let gap: Double
    let origin: Double
    /// What the errors of runs are on this curve, in units of what was taken (``SizePrior/noiseScales``).
    let noiseScale: Double
    /// Shared by all curves of an ensemble.
    let knots: Knots
    /// At each knot.
    let straying: [Double]
    /// Expected DSC at each knot, within 0…1.
    let values: [Double]

    /// Sizes, rising, from the smallest measured to the farthest that is spoken of.
    final class Knots: Sendable {
        let sizes: [Double]
        let logs: [Double]

        init(_ sizes: [Double]) {
            self.sizes = sizes
            logs = sizes.map { log($0) }
        }

        /// The last knot not above `n` that has one after it, and how far `n` lies on the way to that, in log n.
        func place(_ n: Double) -> (index: Int, share: Double) {
            let position = log(n)
            var (low, high) = (0, logs.count - 1)
            while high - low > 1 {
                let middle = (low + high) / 2
                if logs[middle] <= position { low = middle } else { high = middle }
            }
            let share = (position - logs[low]) / (logs[high] - logs[low])
            return (low, min(1, max(0, share)))
        }
    }

    init(
        _ family: SaturationFamily, _ shape: SaturationFamily.Shape, asymptote: Double, gap: Double, origin: Double,
        noiseScale: Double = 1, knots: Knots, straying: [Double]
    ) {
        self.family = family
        self.shape = shape
        self.asymptote = asymptote
        self.gap = gap
        self.origin = origin
        self.noiseScale = noiseScale
        self.knots = knots
        self.straying = straying
        values = zip(knots.sizes, straying).map { n, strayed in
            min(1, max(0, asymptote - gap * family.decay(n, smallest: origin, shape) + strayed))
        }
    }

    /// A curve that is given by its values at the knots alone.
    init(values: [Double], knots: Knots) {
        self.init(
            .constant, .init(), asymptote: 0, gap: 0, origin: knots.sizes[0], knots: knots, straying: values)
    }

    /// Expected DSC at any size, within 0…1; beyond the last knot it strays no further.
    func dsc(_ n: Double) -> Double {
        let (index, share) = knots.place(n)
        let strayed = straying[index] + share * (straying[index + 1] - straying[index])
        return min(1, max(0, asymptote - gap * family.decay(n, smallest: origin, shape) + strayed))
    }

    /// The DSC that ever more images approach: without what the curve strays beyond the size `n`.
    func limit(from n: Double) -> Double {
        let (index, share) = knots.place(n)
        return min(1, max(0, asymptote + straying[index] + share * (straying[index + 1] - straying[index])))
    }

    /// What more images than `n`, up to `reference`, would gain; at least 0.
    func gain(from n: Double, to reference: Double) -> Double { max(0, dsc(reference) - dsc(n)) }

    /// The smallest n, not below the smallest knot, from which the gain to `reference` stays below `delta`.
    func plateau(reference: Double, delta: Double) -> Double {
        stays(above: dsc(reference) - delta, upTo: reference)
    }

    /// The smallest n, not below the smallest knot, whose expected DSC is at least `target`: within the size `known` for
    /// good, beyond it for the first time. Infinite if there is none.
    func size(reaching target: Double, known: Double) -> Double {
        if dsc(known) >= target { return stays(above: target, upTo: known) }
        let first = knots.place(known).index + 1
        guard let index = values.indices.first(where: { $0 >= first && values[$0] >= target }) else { return .infinity }
        return crossing(target, max(known, knots.sizes[index - 1]), knots.sizes[index])
    }

    /// The smallest n from which the curve stays at `level` or above up to `limit`, where it is so.
    private func stays(above level: Double, upTo limit: Double) -> Double {
        var high = limit
        var index = knots.place(limit).index
        if knots.sizes[index] >= limit { index -= 1 }
        while index >= 0 {
            let n = knots.sizes[index]
            if values[index] < level { return crossing(level, n, high) }
            high = n
            index -= 1
        }
        return high
    }

    /// Where the curve rises to `level`, from below it at `low` to not below it at `high`.
    private func crossing(_ level: Double, _ low: Double, _ high: Double) -> Double {
        var (low, high) = (log(low), log(high))
        while high - low > 1e-4 {
            let middle = (low + high) / 2
            if dsc(exp(middle)) < level { low = middle } else { high = middle }
        }
        return exp(high)
    }
}
