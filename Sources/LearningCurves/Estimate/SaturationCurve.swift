import Foundation

/// One member of a ``SaturationFamily``.
struct SaturationCurve {
    let family: SaturationFamily
    /// The DSC approached by ever more images, at most 1.
    var asymptote: Double
    /// The gap to it at the smallest measured size, at least 0.
    let gap: Double
    let shape: Double
    let smallest: Double

    /// Expected DSC, within 0…1.
    func dsc(_ n: Double) -> Double { min(1, max(0, unclampedDSC(n))) }

    func unclampedDSC(_ n: Double) -> Double {
        asymptote - gap * family.decay(n, smallest: smallest, shape: shape)
    }

    /// What more images than `n`, up to `reference`, would gain; at least 0.
    func gain(from n: Double, to reference: Double) -> Double {
        max(0, gap * (decay(n) - decay(reference)))
    }

    /// The smallest n, not below the smallest measured, from which the gain to `reference` stays below `delta`.
    func plateau(reference: Double, delta: Double) -> Double {
        guard gap > 0 else { return smallest }
        let n = family.size(atDecay: decay(reference) + delta / gap, smallest: smallest, shape: shape)
        return min(max(n, smallest), max(reference, smallest))
    }

    /// The smallest n, not below the smallest measured, whose expected DSC is at least `target`; infinite if none.
    func size(reaching target: Double) -> Double {
        guard asymptote >= target else { return .infinity }
        guard gap > 0 else { return smallest }
        return max(smallest, family.size(atDecay: (asymptote - target) / gap, smallest: smallest, shape: shape))
    }

    /// a, b and c in the family's plain form.
    var parameters: [String: Double] {
        let factor = family == .power ? pow(smallest, shape) : exp(smallest / shape)
        return ["a": asymptote, "b": gap * factor, "c": shape]
    }

    private func decay(_ n: Double) -> Double { family.decay(n, smallest: smallest, shape: shape) }
}
