import CKernels

/// Memory that the layers of one network share, as passes run one after another: each thread's scratch, sums of
/// gradients, and what a pass derives from a convolution's weights. Layers reserve what they need while the network is
/// put together; the neediest decides.
final class Workspace {
    /// What a pass makes of a convolution's weights before it reads them.
    private struct Derivation: Equatable {
        let owner: ObjectIdentifier
        let isAdjoint: Bool
        let blocks: Range<Int>
    }

    private let team: ThreadTeam
    private var scratchCount = 0
    private var sumsCount = 0
    private var derivedCount = 0
    private var scratch: [FloatBuffer] = []
    private var sums = FloatBuffer(count: 0)
    private var derived = FloatBuffer(count: 0)
    private var held: Derivation?

    init(team: ThreadTeam) { self.team = team }

    /// Each in floats, or pairs of bf16 numbers.
    func reserve(scratch: Int = 0, sums: Int = 0, derived: Int = 0) {
        scratchCount = max(scratchCount, scratch)
        sumsCount = max(sumsCount, sums)
        derivedCount = max(derivedCount, derived)
    }

    func allocate() {
        scratch = (0..<team.threads).map { [scratchCount] _ in FloatBuffer(count: scratchCount) }
        sums = FloatBuffer(count: sumsCount)
        derived = FloatBuffer(count: derivedCount)
    }

    /// A thread's own, with anything in it.
    func scratch(_ thread: Int) -> UnsafeMutablePointer<Float> { scratch[thread].base }

    func pairScratch(_ thread: Int) -> UnsafeMutablePointer<ck_pair> { Self.pairs(scratch[thread]) }

    /// Runs of `count` numbers, in each of which a part of a gradient is summed; the first is `first` where given.
    func partialSums(beside first: UnsafeMutablePointer<Float>? = nil, count: Int, parts: Int) -> PartialSums {
        precondition((first == nil ? parts : parts - 1) * count <= sumsCount)
        return PartialSums(
            first: first ?? sums.base, others: first == nil ? sums.at(count) : sums.base, count: count, parts: parts)
    }

    /// What `make` derives from some blocks of the weights of `owner`, each by itself on one of the threads, unless that
    /// is what was derived last.
    func derive(
        for owner: AnyObject, isAdjoint: Bool, blocks: Range<Int>,
        _ make: (UnsafeMutablePointer<Float>, Int, Int) -> Void
    ) -> UnsafeMutablePointer<Float> {
        let wanted = Derivation(owner: ObjectIdentifier(owner), isAdjoint: isAdjoint, blocks: blocks)
        if held != wanted {
            team.each(blocks.count) { index, thread in make(derived.base, blocks.lowerBound + index, thread) }
            held = wanted
        }
        return derived.base
    }

    func derivePairs(
        for owner: AnyObject, isAdjoint: Bool, blocks: Range<Int>, _ make: (UnsafeMutablePointer<ck_pair>, Int) -> Void
    ) -> UnsafeMutablePointer<ck_pair> {
        _ = derive(for: owner, isAdjoint: isAdjoint, blocks: blocks) { _, block, _ in make(Self.pairs(derived), block) }
        return Self.pairs(derived)
    }

    /// The weights were written to: nothing derived from them holds any more.
    func weightsChanged() { held = nil }

    /// Within bounds: a pair of bf16 numbers is as large as a float.
    private static func pairs(_ buffer: FloatBuffer) -> UnsafeMutablePointer<ck_pair> {
        UnsafeMutableRawPointer(buffer.base).bindMemory(to: ck_pair.self, capacity: buffer.count)
    }
}

/// A gradient in parts that are summed at the end, the first in its own place, so that its sum does not depend on which
/// thread computed what.
struct PartialSums {
    fileprivate let first: UnsafeMutablePointer<Float>
    fileprivate let others: UnsafeMutablePointer<Float>
    fileprivate let count: Int
    let parts: Int

    subscript(part: Int) -> UnsafeMutablePointer<Float> {
        precondition(part >= 0 && part < parts)
        return part == 0 ? first : others + (part - 1) * count
    }

    /// Adds all of them up in the first.
    func merge() {
        for part in 1..<max(1, parts) { ck_add(first, self[part], count) }
    }
}
