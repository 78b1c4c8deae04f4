import CKernels

/// A fixed run of pairs of bf16 numbers for the kernels. Owned by one object at a time; made once, reused every step.
final class PairBuffer {
    let base: UnsafeMutablePointer<ck_pair>

    /// Zeroed.
    init(count: Int) {
        // Aligned for the widest vectors, and rounded up to whole ones.
        let bytes = max(1, (count + 15) / 16) * 64
        base = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64).bindMemory(
            to: ck_pair.self, capacity: bytes / 4)
        base.initialize(repeating: 0, count: bytes / 4)
    }

    deinit { base.deallocate() }
}
