import Testing

@testable import Datasets

@Suite struct SplitTests {
    /// Cases in groups of the given sizes.
    private func cases(_ sizes: [Int]) -> [DatasetCase] {
        sizes.enumerated().flatMap { group, size in
            (0..<size).map { index in
                DatasetCase(
                    id: "g\(group)-\(index)", group: "g\(group)", images: [], label: .init(path: "", sha256: ""),
                    extent: [1, 1], foreground: 0)
            }
        }
    }

    private func group(_ id: String) -> Substring { id.prefix { $0 != "-" } }

    @Test(arguments: 0..<40 as Range<UInt64>)
    func groupsNeverStraddleAndNothingIsLost(_ seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let cases = cases((0..<Int.random(in: 3...40, using: &random)).map { _ in .random(in: 1...9, using: &random) })
        let split = try DatasetSplit(cases: cases, fractions: .init(), seed: seed)
        let parts = [split.train, split.validation, split.test]
        #expect(parts.joined().sorted() == cases.map(\.id).sorted())
        #expect(parts.allSatisfy { !$0.isEmpty && $0 == $0.sorted() })
        let groups = parts.map { Set($0.map(group)) }
        #expect(groups[0].isDisjoint(with: groups[1]))
        #expect(groups[0].isDisjoint(with: groups[2]))
        #expect(groups[1].isDisjoint(with: groups[2]))
        #expect(split.seed == seed)
    }

    @Test func singleCasesMeetTheFractionsExactly() throws {
        let split = try DatasetSplit(cases: cases(.init(repeating: 1, count: 1000)), fractions: .init(), seed: 1)
        #expect(split.train.count == 700 && split.validation.count == 100 && split.test.count == 200)
        let other = try DatasetSplit(
            cases: cases(.init(repeating: 1, count: 10)), fractions: .init(train: 0.5, validation: 0.3, test: 0.2),
            seed: 1)
        #expect(other.train.count == 5 && other.validation.count == 3 && other.test.count == 2)
    }

    @Test func smallGroupsComeWithinOneGroupOfTheFractions() throws {
        let cases = cases((0..<60).map { 1 + $0 % 5 })
        for seed in 0..<10 as Range<UInt64> {
            let split = try DatasetSplit(cases: cases, fractions: .init(), seed: seed)
            let parts = [(split.train, 0.7), (split.validation, 0.1), (split.test, 0.2)]
            for (part, fraction) in parts { #expect(abs(Double(part.count) - fraction * 180) <= 5, "seed \(seed)") }
        }
    }

    @Test func theSeedAloneDecides() throws {
        let cases = cases((0..<30).map { 1 + $0 % 3 })
        let split = try DatasetSplit(cases: cases, fractions: .init(), seed: 7)
        #expect(try DatasetSplit(cases: cases.reversed(), fractions: .init(), seed: 7) == split)
        #expect(try DatasetSplit(cases: cases, fractions: .init(), seed: 8).test != split.test)
    }

    /// Stored splits must not change with the code: the test set of a study is fixed for good.
    @Test func aKnownSeedGivesTheKnownSplit() throws {
        let split = try DatasetSplit(cases: cases([1, 1, 1, 1, 1, 1, 1, 1, 2, 2]), fractions: .init(), seed: 42)
        #expect(split.train == ["g0-0", "g2-0", "g4-0", "g5-0", "g8-0", "g8-1", "g9-0", "g9-1"])
        #expect(split.validation == ["g1-0"])
        #expect(split.test == ["g3-0", "g6-0", "g7-0"])
    }

    @Test func threeGroupsSufficeAndTwoDoNot() throws {
        let split = try DatasetSplit(cases: cases([90, 1, 1]), fractions: .init(), seed: 0)
        #expect(split.train.count == 90 && split.validation.count == 1 && split.test.count == 1)
        for sizes in [[], [5], [5, 5]] {
            let error = try #require(throws: DatasetError.self) {
                try DatasetSplit(cases: cases(sizes), fractions: .init(), seed: 0)
            }
            #expect(error.description.contains("at least 3 groups"))
        }
    }

    /// The reference implementation's first numbers for seed 1234567 (Vigna, splitmix64.c).
    @Test func splitMixGivesTheReferenceNumbers() {
        var random = SplitMix(seed: 1_234_567)
        let numbers = (0..<3).map { _ in random.next() }
        #expect(numbers == [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423])
    }

    @Test func everyOrderIsAboutAsLikely() {
        var random = SplitMix(seed: 5)
        var counts: [[Int]: Int] = [:]
        for _ in 0..<6000 { counts[random.shuffled([1, 2, 3]), default: 0] += 1 }
        #expect(counts.count == 6)
        // Six standard deviations.
        for (order, count) in counts { #expect(abs(count - 1000) < 174, "\(order)") }
    }
}
