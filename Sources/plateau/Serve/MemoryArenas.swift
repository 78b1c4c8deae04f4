import CMalloc

/// The heaps that glibc spreads a process's threads over, so that they seldom wait for each other.
enum MemoryArenas {
    /// glibc would make eight a core, each of which keeps what its threads once needed. With two, the event loops shared one
    /// and waited for each other: with four they answer a sixth more requests (`Tests/Benchmarks/peers/http/compare.py`).
    private static let most: Int32 = 4

    /// Before there are other threads of the program's own.
    static func limit() { mallopt(M_ARENA_MAX, most) }
}
