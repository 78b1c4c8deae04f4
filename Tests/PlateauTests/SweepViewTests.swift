import API
import Testing

@testable import plateau

/// What `watch` prints, without a terminal and on one.
@Suite struct SweepViewTests {
    @Test func plainLinesTellOnlyWhatChanged() throws {
        var view = SweepView()
        let runs = try [Samples.run("run_a", "running", done: 2), Samples.run("run_b", "queued", size: 8)]
        let sweep = try Samples.sweep(queued: 1, running: 1)
        #expect(view.update(sweep, runs, [:]) == ["polyps  25 %  0 of 2 runs done  ETA 2 min 05 s"])
        #expect(view.update(sweep, runs, [:]) == [])
        let later = try [Samples.run("run_a", "succeeded", done: 8), Samples.run("run_b", "running", size: 8)]
        #expect(
            view.update(try Samples.sweep(progress: 0.5, running: 1, succeeded: 1), later, [:]) == [
                "size 4, depth 2, seed 0: test DSC 0.654", "polyps  50 %  1 of 2 runs done  ETA 2 min 05 s",
            ])
        #expect(view.update(try Samples.sweep(progress: 0.55, running: 1, succeeded: 1), later, [:]) == [])
    }

    @Test func aForecastFinalIsMarked() throws {
        var view = SweepView()
        _ = view.update(try Samples.sweep(running: 1), [try Samples.run("run_a", "running", done: 5)], [:])
        let ended = try Samples.run("run_a", "stopped_early", done: 6)
        #expect(
            view.update(try Samples.sweep(state: "succeeded", progress: 0.25, stoppedEarly: 1), [ended], [:]) == [
                "size 4, depth 2, seed 0: stopped after epoch 6 of 8; test DSC forecast: ~0.750"
            ])
        let lines = view.lines(rows: 9, columns: 80)
        #expect(lines[0].contains("1 of 1 runs done"))
        #expect(lines[2].contains(" stopped ") && lines[2].hasSuffix("~0.750") && lines[2].count <= 80)
    }

    @Test func aPauseIsToldOnce() throws {
        var view = SweepView()
        let runs = try [Samples.run("run_a", "running", done: 2)]
        _ = view.update(try Samples.sweep(running: 1), runs, [:])
        let paused = try Samples.sweep(state: "paused", eta: "null", running: 1)
        #expect(
            view.update(paused, runs, [:]) == ["the sweep is paused; plateau resume sw_1 lets it go on"])
        #expect(view.update(paused, runs, [:]) == [])
        #expect(view.lines(rows: 9, columns: 80)[0].hasSuffix("0 of 1 runs done  paused"))
        #expect(view.update(try Samples.sweep(running: 1), runs, [:]) == ["the sweep goes on"])
    }

    @Test func thatAPlanWaitsIsToldOnce() throws {
        var view = SweepView()
        var sweep = try Samples.sweep(progress: 0.3, eta: "null", succeeded: 1)
        _ = view.update(sweep, [], [:])
        sweep.plan = try Samples.plan(waiting: "\"There is no room.\"")
        #expect(view.update(sweep, [], [:]) == ["There is no room."])
        #expect(view.update(sweep, [], [:]) == [])
        #expect(view.lines(rows: 9, columns: 80)[0].hasSuffix("waits: the quota is full"))
    }

    @Test func failuresAreTold() throws {
        var view = SweepView()
        _ = view.update(try Samples.sweep(running: 1), [try Samples.run("run_a", "running", done: 1)], [:])
        let again = try Samples.run("run_a", "queued", done: 1, failures: 1, error: "out of memory")
        #expect(
            view.update(try Samples.sweep(queued: 1), [again], [:]) == [
                "size 4, depth 2, seed 0: attempt 1 failed and will be repeated: out of memory"
            ])
        let failed = try Samples.run("run_a", "failed", done: 1, failures: 2, error: #"two\nlines\u001b[2J"#)
        #expect(
            view.update(try Samples.sweep(state: "failed", eta: "null", failed: 1), [failed], [:]) == [
                "size 4, depth 2, seed 0: failed: two lines[2J"
            ])
    }

    @Test func aTerminalShowsABarPerRunAndTheForecastBesideTheLastValue() throws {
        var view = SweepView()
        let runs = try [
            Samples.run("run_a", "succeeded", done: 8), Samples.run("run_b", "running", size: 16, done: 4),
            Samples.run("run_c", "queued", size: 490),
        ]
        _ = view.update(
            try Samples.sweep(progress: 0.5, queued: 1, running: 1, succeeded: 1), runs,
            ["run_b": try Samples.forecast("run_b", seen: 4)])
        #expect(
            view.lines(rows: 20, columns: 80) == [
                "polyps  ████████░░░░░░░░ 50 %  1 of 3 runs done  ETA 2 min 05 s",
                " size depth seed state     progress     epoch val DSC forecast (90 %)       test",
                "    4     2    0 succeeded ██████████     8/8   0.850                      0.654",
                "   16     2    0 running   █████░░░░░     4/8   0.450 0.700 [0.500, 0.800]     –",
                "  490     2    0 queued    ░░░░░░░░░░     0/8       –                          –",
            ])
    }

    @Test func whatDoesNotFitIsCountedAndRunsAtWorkComeFirst() throws {
        var view = SweepView()
        var runs = try (0..<40).map { try Samples.run("run_\($0)", "queued", size: $0) }
        runs[37] = try Samples.run("run_37", "running", size: 37, done: 1)
        runs[38] = try Samples.run("run_38", "failed", size: 38)
        let name = "\"\\u001b[2Jevil\\n\(String(repeating: "n", count: 100))\""
        _ = view.update(try Samples.sweep(name: name, queued: 38, running: 1, failed: 1), runs, [:])
        let lines = view.lines(rows: 10, columns: 60)
        #expect(lines.count == 10)
        #expect(lines[0].hasPrefix("[2Jevil nnn") && lines[0].contains("25 %"))
        #expect(lines[2].hasPrefix("   37") && lines[3].hasPrefix("   38") && lines[4].hasPrefix("    0"))
        #expect(lines[9] == "   … and 33 more runs")
        #expect(lines.allSatisfy { $0.count <= 60 && !$0.contains("\u{1b}") && !$0.contains("\n") })
    }
}
