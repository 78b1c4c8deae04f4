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
        let before = Dictionary(uniqueKeysWithValues: self.runs.map { ($0.id, $0.state) })
        var news: [String] = []
        for run in runs where run.finishedAt != nil && before[run.id] != run.state {
            let what = "n=\(run.size) depth=\(run.depth) seed=\(run.seed)"
            switch run.state {
            case "succeeded": news.append("\(what): test DSC \(Words.dsc(run.testDSC))")
            case "failed": news.append("\(what): failed: \(run.error?.message ?? "no reason given")")
            default: news.append("\(what): \(run.state)")
            }
        }
        let tenth = Int(sweep.progress * 10)
        if tenth != announcedTenth {
            announcedTenth = tenth
            news.append(headline(sweep, columns: 80, hasBar: false))
        }
        self.sweep = sweep
        self.runs = runs
        self.forecasts = forecasts
        return news
    }

    /// At most `rows` lines: the sweep, then runs at work first.
    func lines(rows: Int, columns: Int) -> [String] {
        guard let sweep else { return [] }
        let order = ["running": 0, "failed": 1, "queued": 3]
        let sorted = runs.enumerated().sorted {
            let (left, right) = (order[$0.element.state] ?? 2, order[$1.element.state] ?? 2)
            return left != right ? left < right : $0.offset < $1.offset
        }.map(\.element)
        let room = max(1, rows - 3)
        let shown = sorted.count <= room ? runs : Array(sorted.prefix(room - 1))
        var lines = [headline(sweep, columns: columns, hasBar: true)]
        lines.append("   size depth seed  state      progress        epoch   val   forecast (90 %)          test")
        lines += shown.map { line($0, columns: columns) }
        if shown.count < runs.count { lines.append("   … and \(runs.count - shown.count) more runs") }
        return lines
    }

    private func headline(_ sweep: SweepBody, columns: Int, hasBar: Bool) -> String {
        let counts = "\(sweep.runs.succeeded) of \(sweep.runs.total) runs done"
            + (sweep.runs.failed > 0 ? ", \(sweep.runs.failed) failed" : "")
        let tail = sweep.finishedAt == nil ? Words.eta(sweep.etaSeconds) : sweep.state
        let bar = hasBar ? Words.bar(sweep.progress, width: max(8, min(24, columns / 5))) + " " : ""
        return "\(sweep.name ?? sweep.id)  \(bar)\(Words.percent(sweep.progress))  \(counts)  \(tail)"
    }

    private func line(_ run: RunBody, columns: Int) -> String {
        func pad(_ text: String, _ width: Int) -> String {
            String(repeating: " ", count: max(0, width - text.count)) + text
        }
        let done = Double(run.epochs.done) / Double(max(1, run.epochs.total))
        var forecast = ""
        if run.state == "running", let known = forecasts[run.id], let median = known.quantiles["0.5"] {
            forecast = Words.dsc(median)
            if let low = known.quantiles["0.05"], let high = known.quantiles["0.95"] {
                forecast += " [\(Words.dsc(low)), \(Words.dsc(high))]"
            }
        }
        let state = run.state + String(repeating: " ", count: max(0, 10 - run.state.count))
        return pad("\(run.size)", 7) + pad("\(run.depth)", 6) + pad("\(run.seed)", 5) + "  " + state + " "
            + Words.bar(done, width: 12) + pad("\(run.epochs.done)/\(run.epochs.total)", 9)
            + pad(Words.dsc(run.last?.valDSC), 7) + "  " + forecast
            + String(repeating: " ", count: max(1, 22 - forecast.count)) + pad(Words.dsc(run.testDSC), 6)
    }
}
