import Foundation
import TestSupport
import Testing

/// The same run gives the same curve and the same weights to the bit: with one thread or two, and killed with -9 at ten
/// random moments and resumed.
@Suite(.serialized) struct DeterminismTests {
    @Test(.timeLimit(.minutes(10)), arguments: ["images", "volumes"], Processor.instructions)
    func threadsAndKillsChangeNothing(dataset: String, instructions: String) async throws {
        let run = try await RepeatedRun(of: dataset, instructions: instructions, epochs: 13)
        let (outcomes, moments) = try await run.killed(times: 10)
        let expected = try await run.undisturbed(threads: 1)
        #expect(expected.curve.count == 13)
        #expect(try await run.undisturbed(threads: 2) == expected)
        for outcome in outcomes { #expect(outcome == expected, moments) }
    }

    /// A failed run's checkpoint is kept, so that running it again costs only what was missing.
    @Test(.timeLimit(.minutes(5))) func whatHasFailedGoesOnWhereItWas() async throws {
        let instructions = try #require(Processor.instructions.last)
        let run = try await RepeatedRun(of: "images", instructions: instructions, epochs: 6)
        let (outcome, resumed) = try await run.failedAndRunAgain()
        #expect(!resumed.contains(" epoch=0 "))
        #expect(try await run.undisturbed(threads: 1) == outcome)
    }
}

/// The same in bf16, beside the other, as either mostly waits for leases to lapse.
@Suite(.serialized, .enabled(if: Processor.hasHalfDotProducts, "this processor has no bf16 dot products (AVX512-BF16)"))
struct HalfPrecisionDeterminismTests {
    @Test(.timeLimit(.minutes(10)), arguments: ["images", "volumes"])
    func threadsAndKillsChangeNothing(dataset: String) async throws {
        var run = try await RepeatedRun(of: dataset, instructions: "avx512", precision: "bf16", epochs: 6)
        let (outcomes, moments) = try await run.killed(times: 4)
        let expected = try await run.undisturbed(threads: 1)
        #expect(expected.curve.count == 6)
        #expect(try await run.undisturbed(threads: 2) == expected)
        for outcome in outcomes { #expect(outcome == expected, moments) }
        // Else fp32 could pass for it.
        run.precision = "fp32"
        #expect(try await run.undisturbed(threads: 2).weights != expected.weights)
    }
}

/// What this machine computes with.
private enum Processor {
    static let instructions = [("avx512", "avx512f"), ("avx2", "avx2")].filter { has($0.1) }.map(\.0)
    static let hasHalfDotProducts = has("avx512_bf16")

    private static func has(_ flag: String) -> Bool {
        let lines = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8))?.split(separator: "\n") ?? []
        return lines.first { $0.hasPrefix("flags") }?.split(separator: " ").contains(Substring(flag)) ?? false
    }
}
