import Testing

@testable import API

@Suite struct BoundedCacheTests {
    private struct Refused: Error {}

    private func value(of key: Int, in cache: BoundedCache<Int, Int>, bytes: Int = 1) async throws -> Int {
        try await cache.value(of: key, size: { _ in bytes }, make: { throw Refused() })
    }

    @Test func whatWasUsedTheLongestAgoGoesFirst() async throws {
        let cache = BoundedCache<Int, Int>(limitBytes: 30)
        for key in 1...3 { #expect(try await cache.value(of: key, size: { _ in 10 }, make: { key * 2 }) == key * 2) }
        // Kept: not made again.
        #expect(try await value(of: 1, in: cache) == 2)
        #expect(try await cache.value(of: 4, size: { _ in 10 }, make: { 8 }) == 8)
        #expect(cache.bytes == 30)
        await #expect(throws: Refused.self) { try await value(of: 2, in: cache) }
        for key in [1, 3, 4] { #expect(try await value(of: key, in: cache) == key * 2) }
        // A large one takes the place of several.
        #expect(try await cache.value(of: 5, size: { _ in 25 }, make: { 10 }) == 10)
        #expect(cache.bytes == 25)
        await #expect(throws: Refused.self) { try await value(of: 4, in: cache) }
    }

    @Test func whatIsLargerThanTheLimitIsNotKept() async throws {
        let cache = BoundedCache<Int, Int>(limitBytes: 30)
        #expect(try await cache.value(of: 1, size: { _ in 10 }, make: { 1 }) == 1)
        #expect(try await cache.value(of: 2, size: { _ in 31 }, make: { 2 }) == 2)
        await #expect(throws: Refused.self) { try await value(of: 2, in: cache) }
        #expect(try await value(of: 1, in: cache) == 1 && cache.bytes == 10)
    }
}
