import CMalloc

/// The heaps that glibc spreads a process's threads over, so that they seldom wait for each other.
enum MemoryArenas {
    /// glibc would make eight a core, each of which keeps what its threads once needed: with two a server that has
    /// finished a thousand runs took 59 MB at its peak in place of 62 (`Tests/Contract/memory`).
    private static let most: Int32 = 2

    /// Before there are other threads of the program's own.
    static func limit() { mallopt(M_ARENA_MAX, most) }
}
