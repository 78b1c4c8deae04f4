import Testing

@testable import Datasets

@Suite struct NestedSubsetTests {
    private let pool = (0..<137).map { "case\($0)" }

    @Test func everySizeIsAPrefixOfEveryLargerOne() {
        let all = NestedSubset(pool: pool, size: pool.count, seed: 3)
        #expect(all.cases.sorted() == pool.sorted())
        for size in 0...pool.count {
            #expect(NestedSubset(pool: pool, size: size, seed: 3).cases == Array(all.cases.prefix(size)))
        }
    }

    @Test func fractionsNestAsTheirSizesDo() {
        let subsets = [0.02, 0.1, 0.25, 0.5, 0.8, 1].map { fraction in
            NestedSubset(pool: pool, size: Int((fraction * Double(pool.count)).rounded()), seed: 11)
        }
        #expect(subsets.map(\.cases.count) == [3, 14, 34, 69, 110, 137])
        for (small, large) in zip(subsets, subsets.dropFirst()) { #expect(large.cases.starts(with: small.cases)) }
        #expect(Set(subsets.map(\.hash)).count == 6)
    }

    @Test func theSeedAloneDecides() {
        let subset = NestedSubset(pool: pool, size: 40, seed: 3)
        #expect(NestedSubset(pool: pool.reversed(), size: 40, seed: 3) == subset)
        let other = NestedSubset(pool: pool, size: 40, seed: 4)
        #expect(other.cases != subset.cases && other.hash != subset.hash)
        #expect(Set(other.cases) != Set(subset.cases))
    }

    /// Stored runs carry the hash: it must not change with the code.
    @Test func aKnownSeedGivesTheKnownCases() {
        let subset = NestedSubset(pool: ["a", "b", "c", "d", "e"], size: 3, seed: 42)
        #expect(subset.cases == ["d", "c", "e"])
        #expect(subset.hash == SHA256Digest.hex(Array(subset.cases.joined(separator: "\n").utf8)))
        #expect(subset.hash == "a65aca959883d034718ddadcf02c4ff2dafe3029b88b17808a6c98b8761e3041")
    }
}
