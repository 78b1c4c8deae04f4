/// The training images of a run: for one seed, every smaller size is a prefix of every larger one.
public struct NestedSubset: Sendable, Hashable {
    /// Ids in the seed's order.
    public var cases: [String]
    /// SHA-256 in hex of the ids.
    public var hash: String

    /// - Parameters:
    ///   - pool: the train pool; its order does not matter.
    ///   - size: at most the pool's.
    public init(pool: [String], size: Int, seed: UInt64) {
        precondition(size <= pool.count)
        // Another stream than the split's, which may have the same seed.
        var generator = SplitMix(seed: seed ^ 0x5eed_0f5b_5e75_0a11)
        cases = Array(generator.shuffled(pool.sorted()).prefix(size))
        hash = SHA256Digest.hex(Array(cases.joined(separator: "\n").utf8))
    }
}
