import API
import Foundation
import LearningCurves

/// A `ReplayTable` as a person reads it.
enum ReplayTableText {
    static func text(_ table: ReplayTable) -> String {
        var text = TextTable([
            "sweep", "question", "full n", "adaptive n", "|ln|", "within 15 %", "of medians: |ln|", "contained", "no n",
            "steps",
            "at most",
        ])
        for row in table.rows { text.add([row.sweep, question(row), size(row.size), ns(row)] + figures([row])) }
        for sweep in Set(table.rows.map(\.sweep)).sorted() {
            text.add([sweep, "all", "", ""] + figures(table.rows.filter { $0.sweep == sweep }))
        }
        text.add(["all", "all", "", ""] + figures(table.rows))
        return text.text
    }

    private static func question(_ row: ReplayTable.Row) -> String {
        row.targetDSC.map { "DSC \(Words.rounded($0, digits: 3))" } ?? "delta \(Words.rounded(row.delta, digits: 3))"
    }

    private static func size(_ size: ReplayTable.Size?) -> String {
        size.map { "\($0.value) (\($0.low)–\($0.high.map(String.init) ?? ""))" } ?? "–"
    }

    /// The median of the replays, and their smallest and largest.
    private static func ns(_ row: ReplayTable.Row) -> String {
        let values = row.replays.compactMap { $0.size?.value }.sorted()
        return values.isEmpty ? "–" : "\(values[values.count / 2]) [\(values[0])–\(values[values.count - 1])]"
    }

    private static func figures(_ rows: [ReplayTable.Row]) -> [String] {
        let ratios = rows.flatMap(\.logRatios).map(abs)
        let medians = rows.flatMap(\.medianLogRatios).map(abs)
        let shares = rows.flatMap { $0.replays.map(\.share) }
        let near = ratios.count { $0 <= log(1.15) }
        return [
            ratios.upperMedian.map { Words.rounded($0, digits: 3) } ?? "–", "\(near)/\(ratios.count)",
            medians.upperMedian.map { Words.rounded($0, digits: 3) } ?? "–",
            "\(rows.reduce(0) { $0 + $1.contained })/\(ratios.count)", "\(rows.reduce(0) { $0 + $1.disagreeing })",
            shares.upperMedian.map(Words.percent) ?? "–", shares.max().map(Words.percent) ?? "–",
        ]
    }
}
