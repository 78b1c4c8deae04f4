import Foundation
import Testing

@testable import HTTP

/// The fuzzer's inputs once more, and a short run of made-up ones without its guidance; `Tests/Fuzzing/run` is the long.
@Suite struct FuzzTests {
    private static let kept: [[UInt8]] = {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Fuzzing/Corpus")
        let files = (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? []
        return files.sorted { $0.path < $1.path }.compactMap { try? [UInt8](Data(contentsOf: $0)) }
    }()

    @Test func whatTheFuzzerFoundHolds() {
        #expect(Self.kept.count >= 100)
        for input in Self.kept { MachineInvariants.check(input) }
    }

    /// The same inputs each time: a trap here can be had again.
    @Test func inputsMadeOfPiecesOfOthers() {
        var random = SplitMix(state: 20)
        func below(_ bound: Int) -> Int { Int(random.next() % UInt64(bound)) }
        let seeds = Self.kept + CorpusCase.all.map { [7, 0] + $0.bytes.prefix(600) }
        for _ in 0..<2000 {
            var input = seeds[below(seeds.count)]
            for _ in 0...below(4) where !input.isEmpty {
                let other = seeds[below(seeds.count)]
                let at = below(input.count)
                switch below(4) {
                case 0: input[at] = UInt8(truncatingIfNeeded: random.next())
                case 1: input.remove(at: at)
                case 2: input.insert(contentsOf: other.prefix(below(other.count + 1)), at: at)
                default: input.removeSubrange(at..<min(input.count, at + below(20)))
                }
            }
            MachineInvariants.check(Array(input.prefix(4096)))
        }
    }
}
