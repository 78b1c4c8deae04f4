import Foundation

/// Random numbers that depend only on their key and index (SplitMix64, Steele, Lea & Flood 2014), so that any of them
/// can be drawn again without those before it.
public struct CounterGenerator: RandomNumberGenerator, Sendable {
    private let key: UInt64
    private var index: UInt64

    /// - Parameter stream: sequences of different streams are unrelated, even under one seed.
    public init(seed: UInt64, stream: UInt64) {
        key = Self.mix(Self.mix(seed &+ 0x9e37_79b9_7f4a_7c15) ^ Self.mix(stream &+ 0xd1b5_4a32_d192_ed03))
        index = 0
    }

    public mutating func next() -> UInt64 {
        index &+= 1
        return Self.mix(key &+ index &* 0x9e37_79b9_7f4a_7c15)
    }

    /// Uniform in [0, 1).
    public mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// Standard normal (Box & Muller 1958).
    public mutating func normal() -> Double {
        let radius = (-2 * log(1 - uniform())).squareRoot()
        return radius * cos(2 * .pi * uniform())
    }

    /// 0 ..< bound, by rejection so that no value is favoured.
    public mutating func index(below bound: Int) -> Int {
        precondition(bound > 0)
        let limit = UInt64.max - UInt64.max % UInt64(bound)
        while true {
            let value = next()
            if value < limit { return Int(value % UInt64(bound)) }
        }
    }

    /// A permutation of 0 ..< count (Fisher & Yates).
    public mutating func permutation(_ count: Int) -> [Int] {
        var order = Array(0..<count)
        for last in stride(from: count - 1, to: 0, by: -1) { order.swapAt(last, index(below: last + 1)) }
        return order
    }

    private static func mix(_ value: UInt64) -> UInt64 {
        var z = value
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
