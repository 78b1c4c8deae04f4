import API
import Foundation

/// Follows a sweep to its end: drawn in place on a terminal, as plain lines elsewhere, or as the server's JSON.
final class SweepWatch {
    /// A server that was there and is away for longer is given up.
    private static let patienceSeconds = 60.0
    private static let intervalSeconds = 1.0

    private let client: APIClient
    private let target: String
    private let asJSON: Bool
    private var screen = Screen()
    private var view = SweepView()
    private var known = KnownRuns()
    private var sweep: SweepBody?
    private var tag: String?
    private var awaySince: ContinuousClock.Instant?

    /// - Parameter asJSON: print the sweep, a line of JSON, whenever it has changed.
    init(client: APIClient, sweep: String, asJSON: Bool) {
        self.client = client
        self.asJSON = asJSON
        target = "/v1/sweeps/\(APIClient.escape(sweep))"
    }

    /// - Throws: `CommandFailure` unless every run succeeded or was stopped early.
    func run() throws {
        while true {
            do {
                try look()
                awaySince = nil
            } catch let failure as CommandFailure where failure.code == ExitStatus.unreachable && sweep != nil {
                try bearAbsence(failure)
            }
            if let sweep, sweep.finishedAt != nil { return try conclude(sweep) }
            Thread.sleep(forTimeInterval: Self.intervalSeconds)
        }
    }

    private func look() throws {
        guard let (bytes, newTag) = try client.getIfChanged(target, tag: tag) else { return }
        let sweep = try client.decode(SweepBody.self, bytes)
        if asJSON {
            JSONOutput.write(bytes)
        } else {
            try readRuns(sweep)
            show(view.update(sweep, known.all, try forecasts()))
        }
        // Last, so that a server that went away in between is asked for the same again.
        self.sweep = sweep
        tag = newTag
    }

    private func readRuns(_ sweep: SweepBody) throws {
        let running = try client.all(RunBody.self, target + "/runs?state=running")
        if let left = known.left(running: running) {
            known.merge(running)
            known.merge(try left.map { try client.get(RunBody.self, "/v1/runs/\(APIClient.escape($0))") })
        }
        if sweep.finishedAt != nil || !known.agree(with: sweep.runs) {
            known.replace(with: try client.all(RunBody.self, target + "/runs"))
        }
    }

    /// Of the runs at work; only a terminal shows them. A new one is asked for after each epoch.
    private func forecasts() throws -> [String: ForecastBody] {
        guard screen.isTerminal else { return [:] }
        var forecasts: [String: ForecastBody] = [:]
        for run in known.all where run.state == "running" && run.epochs.done > 0 {
            let last = view.forecasts[run.id]
            do {
                let isCurrent = last?.epochsSeen == run.epochs.done
                let path = "/v1/runs/\(APIClient.escape(run.id))/forecast"
                forecasts[run.id] = isCurrent ? last : try client.get(ForecastBody.self, path)
            } catch let failure as CommandFailure where failure.code != ExitStatus.unreachable {
                // An ornament: the watch goes on with the one before.
                forecasts[run.id] = last
            }
        }
        return forecasts
    }

    private func show(_ news: [String]) {
        if screen.isTerminal {
            draw()
        } else {
            for line in news { Screen.say(line) }
        }
    }

    private func draw(_ notice: String? = nil) {
        let size = screen.size
        let room = size.rows - (notice == nil ? 1 : 2)
        screen.redraw(view.lines(rows: room, columns: size.columns) + (notice.map { [$0] } ?? []))
    }

    private func bearAbsence(_ failure: CommandFailure) throws {
        let since = awaySince ?? .now
        if awaySince == nil {
            let notice = "the server is away; trying again for \(Int(Self.patienceSeconds)) s"
            if screen.isTerminal, !asJSON { draw(notice) } else { Screen.complain(notice) }
        }
        awaySince = since
        if ContinuousClock.now - since > .seconds(Self.patienceSeconds) { throw failure }
    }

    private func conclude(_ sweep: SweepBody) throws {
        guard sweep.state == "succeeded" else {
            throw CommandFailure(
                code: ExitStatus.failed,
                message:
                    "\(sweep.id) is \(sweep.state)" + (sweep.reason.map { ", as \($0)" } ?? "")
                    + ": \(sweep.runs.failed) runs failed, \(sweep.runs.cancelled) were cancelled. See why with: plateau runs \(sweep.id)"
            )
        }
        if !asJSON, let plan = sweep.plan { Screen.say(PlanText.text(plan)) }
        if !asJSON { Screen.say("\(sweep.id) succeeded; ask for the answer with: plateau estimate \(sweep.id)") }
    }
}
