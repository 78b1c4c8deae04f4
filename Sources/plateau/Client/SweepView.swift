import API

/// What `watch` knows of a sweep, and how it looks.
struct SweepView {
    private(set) var sweep: SweepBody?
    private(set) var runs: [RunBody] = []
    private(set) var forecasts: [String: ForecastBody] = [:]
    private var announcedTenth = -1

    /// Takes in what the server said.
    /// - Returns: what a reader of plain lines has not been told yet.
    mutating func update(_ sweep: SweepBody, _ runs: [RunBody], _ forecasts: [String: ForecastBody]) -> [String] {
        let before = Dictionary(self.runs.map { ($0.id, $0) }) { $1 }
        var news = runs.compactMap { Self.news(of: $0, before: before[$0.id]) }
        switch (self.sweep?.state, sweep.state) {
        case ("paused", "paused"): break
        case (_, "paused"): news.append("the sweep is paused; plateau resume \(sweep.id) lets it go on")
        case ("paused", _) where sweep.finishedAt == nil: news.append("the sweep goes on")
        default: break
        }
        if let waiting = sweep.plan?.waiting, waiting != self.sweep?.plan?.waiting { news.append(waiting) }
        let tenth = Int(sweep.progress * 10)
        if tenth != announcedTenth {
            announcedTenth = tenth
            news.append(headline(sweep, columns: 80, hasBar: false))
        }
        self.sweep = sweep
        self.runs = runs
        self.forecasts = forecasts
        return news.map(\.onOneLine)
    }

    /// At most `rows` lines: the sweep, then runs at work first.
    func lines(rows: Int, columns: Int) -> [String] {
        guard let sweep else { return [] }
        let order = ["running": 0, "failed": 1, "queued": 3]
        let sorted = runs.enumerated().sorted {
            let (left, right) = (order[$0.element.state] ?? 2, order[$1.element.state] ?? 2)
            return left != right ? left < right : $0.offset < $1.offset
        }.map(\.element)
        let room = max(1, rows - 2)
        let shown = sorted.count <= room ? runs : Array(sorted.prefix(room - 1))
        var lines = [headline(sweep, columns: columns, hasBar: true)]
        lines.append(
            Self.line(
                ["size", "depth", "seed"], "state", "progress", "epoch", "val DSC", "forecast (90 %)", "test"))
        lines += shown.map { line($0) }
        if shown.count < runs.count { lines.append("   … and \(runs.count - shown.count) more runs") }
        return lines.map { String($0.onOneLine.prefix(columns)) }
    }

    private static func news(of run: RunBody, before: RunBody?) -> String? {
        let what = "size \(run.size), depth \(run.depth), seed \(run.seed)"
        guard run.finishedAt != nil else {
            guard let before, run.failures > before.failures else { return nil }
            return
                "\(what): attempt \(before.attempt) failed and will be repeated: \(run.error?.message ?? "no reason given")"
        }
        guard before?.state != run.state else { return nil }
        switch run.state {
        case "succeeded": return "\(what): test DSC \(Words.dsc(run.testDSC))"
        case "stopped_early":
            return
                "\(what): stopped after epoch \(run.epochs.done) of \(run.epochs.total); "
                + "test DSC forecast: \(run.shownTestDSC)"
        case "failed": return "\(what): failed: \(run.error?.message ?? "no reason given")"
        default: return "\(what): \(run.state)"
        }
    }

    private func headline(_ sweep: SweepBody, columns: Int, hasBar: Bool) -> String {
        let counts =
            "\(sweep.runs.succeeded + sweep.runs.stoppedEarly) of \(sweep.runs.total) runs done"
            + (sweep.runs.failed > 0 ? ", \(sweep.runs.failed) failed" : "")
        let isUnderWay = sweep.finishedAt == nil && sweep.state != "paused"
        let tail =
            isUnderWay
            ? sweep.plan?.waiting == nil ? Words.eta(sweep.etaSeconds) : "waits: the quota is full" : sweep.state
        let bar = hasBar ? Words.bar(sweep.progress, width: max(8, min(24, columns / 5))) + " " : ""
        // A name may be 200 characters long; the bar and the time left must stay in sight.
        let name = String((sweep.name ?? sweep.id).onOneLine.prefix(30))
        return "\(name)  \(bar)\(Words.progress(sweep.progress))  \(counts)  \(tail)"
    }

    private func line(_ run: RunBody) -> String {
        let done = Double(run.epochs.done) / Double(max(1, run.epochs.total))
        var forecast = ""
        if run.state == "running", let known = forecasts[run.id], let median = known.quantiles["0.5"] {
            forecast = Words.dsc(median)
            if let low = known.quantiles["0.05"], let high = known.quantiles["0.95"] {
                forecast += " [\(Words.dsc(low)), \(Words.dsc(high))]"
            }
        }
        return Self.line(
            ["\(run.size)", "\(run.depth)", "\(run.seed)"], run.shownState, Words.bar(done, width: 10),
            "\(run.epochs.done)/\(run.epochs.total)", Words.dsc(run.last?.valDSC), forecast, run.shownTestDSC)
    }

    /// One row: 80 columns unless a number is unusually long.
    private static func line(
        _ cell: [String], _ state: String, _ bar: String, _ epoch: String, _ validation: String, _ forecast: String,
        _ test: String
    ) -> String {
        func right(_ text: String, _ width: Int) -> String {
            String(repeating: " ", count: max(0, width - text.count)) + text
        }
        func left(_ text: String, _ width: Int) -> String {
            text + String(repeating: " ", count: max(0, width - text.count))
        }
        return right(cell[0], 5) + right(cell[1], 6) + right(cell[2], 5) + " " + left(state, 9) + " " + left(bar, 10)
            + right(epoch, 8) + right(validation, 8) + " " + left(forecast, 20) + right(test, 6)
    }
}
