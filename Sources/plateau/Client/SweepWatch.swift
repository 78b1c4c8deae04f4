import API
import Foundation

/// Follows a sweep to its end: drawn in place on a terminal, as plain lines elsewhere.
final class SweepWatch {
    /// A server that is away for longer is given up.
    private static let patienceSeconds = 60.0

    private let client: APIClient
    private let sweepID: String
    private var screen = Screen()
    private var view = SweepView()
    private var tag: String?
    private var awaySince: Date?

    init(client: APIClient, sweep: String) {
        self.client = client
        sweepID = sweep
    }

    /// - Throws: `CommandFailure` unless every run succeeded.
    func run() throws {
        while true {
            do {
                try look()
                awaySince = nil
            } catch let failure as CommandFailure where failure.code == ExitStatus.unreachable {
                try waitForServer(failure)
            }
            if let sweep = view.sweep, sweep.finishedAt != nil { return try conclude(sweep) }
            Thread.sleep(forTimeInterval: 1)
        }
    }

    private func look() throws {
        let target = "/v1/sweeps/\(APIClient.escape(sweepID))"
        guard let (sweep, tag) = try client.getIfChanged(SweepBody.self, target, tag: tag) else { return }
        self.tag = tag
        let runs = try client.all(RunBody.self, target + "/runs")
        var forecasts = view.forecasts
        for run in runs where run.state == "running" && run.epochs.done > 0 {
            if forecasts[run.id]?.epochsSeen != run.epochs.done {
                forecasts[run.id] = try? client.get(ForecastBody.self, "/v1/runs/\(run.id)/forecast")
            }
        }
        let news = view.update(sweep, runs, forecasts)
        if screen.isTerminal {
            let size = screen.size
            screen.redraw(view.lines(rows: size.rows - 1, columns: size.columns))
        } else {
            for line in news { print(line) }
            fflush(nil)
        }
    }

    private func waitForServer(_ failure: CommandFailure) throws {
        let since = awaySince ?? Date()
        if awaySince == nil {
            FileHandle.standardError.write(Data("the server is away; trying again for \(Int(Self.patienceSeconds)) s\n".utf8))
        }
        awaySince = since
        if Date().timeIntervalSince(since) > Self.patienceSeconds { throw failure }
    }

    private func conclude(_ sweep: SweepBody) throws {
        guard sweep.state != "succeeded" else {
            print("\(sweep.id) succeeded; ask for the answer with: plateau estimate \(sweep.id)")
            return
        }
        throw CommandFailure(
            code: ExitStatus.failed,
            message: "\(sweep.id) is \(sweep.state): \(sweep.runs.failed) runs failed, \(sweep.runs.cancelled) were cancelled. "
                + "See why with: plateau runs \(sweep.id)")
    }
}
