import API
import Testing

@testable import plateau

/// A watch asks again only for what can have changed.
@Suite struct KnownRunsTests {
    private func known(_ states: String...) throws -> KnownRuns {
        var known = KnownRuns()
        known.replace(with: try states.enumerated().map { try Samples.run("run_\($0.offset)", $0.element) })
        return known
    }

    @Test func aRunThatLeftItsWorkerIsAskedForByName() throws {
        let known = try known("running", "running", "queued")
        let running = try [Samples.run("run_1", "running"), Samples.run("run_2", "running")]
        #expect(known.left(running: running) == ["run_0"])
    }

    @Test func theWholeListIsReadAtFirstAndWhenManyLeftAtOnce() throws {
        #expect(KnownRuns().left(running: []) == nil)
        var many = KnownRuns()
        many.replace(with: try (0..<9).map { try Samples.run("run_\($0)", "running") })
        #expect(many.left(running: []) == nil)
        #expect(many.left(running: [try Samples.run("run_3", "running")])?.count == 8)
    }

    @Test func aRunThatWasStoppedEarlyCounts() throws {
        let known = try known("stopped_early", "queued")
        #expect(known.agree(with: try Samples.sweep(queued: 1, stoppedEarly: 1).runs))
        #expect(!known.agree(with: try Samples.sweep(queued: 1, succeeded: 1).runs))
    }

    @Test func whatIsMergedKeepsTheOrderAndMustAgreeWithTheSweep() throws {
        var known = try known("running", "queued", "queued")
        known.merge(try [Samples.run("run_1", "running", done: 2), Samples.run("run_0", "succeeded", done: 8)])
        #expect(known.all.map(\.id) == ["run_0", "run_1", "run_2"])
        #expect(known.all.map(\.state) == ["succeeded", "running", "queued"])
        #expect(known.agree(with: try Samples.sweep(queued: 1, running: 1, succeeded: 1).runs))
        #expect(
            !known.agree(with: try Samples.sweep(running: 1, succeeded: 2).runs), "one ran from start to end unseen")
        #expect(!known.agree(with: try Samples.sweep(queued: 2, running: 1, succeeded: 1).runs))
    }
}
