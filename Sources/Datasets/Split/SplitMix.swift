/// SplitMix64 (Steele, Lea & Flood 2014): small, the same on every machine, good enough to shuffle with.
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    /// Uniform in [0, 1).
    mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// Fisher & Yates, with a bound that is rejected rather than folded so that no order is favoured.
    mutating func shuffled<Element>(_ items: [Element]) -> [Element] {
        var items = items
        for last in stride(from: items.count - 1, to: 0, by: -1) {
            let bound = UInt64(last + 1)
            let limit = UInt64.max - UInt64.max % bound
            var value = next()
            while value >= limit { value = next() }
            items.swapAt(last, Int(value % bound))
        }
        return items
    }
}
