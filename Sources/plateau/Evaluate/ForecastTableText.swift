import LearningCurves

/// A `ForecastTable` as a person reads it.
enum ForecastTableText {
    static func text(_ table: ForecastTable) -> String {
        let tasks = table.tasks.sorted { $0.key < $1.key }.map { "\($0.key.onOneLine) \($0.value)" }
        let header = table.shares.map { "\(Int(($0 * 100).rounded())) %" }
        func block(_ title: String, _ cell: (ForecastTable.Figures) -> String?) -> String? {
            var lines = TextTable([title] + header)
            var isEmpty = true
            for row in table.rows {
                let cells = row.cuts.map(cell)
                guard cells.contains(where: { $0 != nil }) else { continue }
                lines.add([row.method] + cells.map { $0 ?? "–" })
                isEmpty = false
            }
            return isEmpty ? nil : lines.text
        }
        let blocks = [
            block("mean absolute error") { Words.rounded($0.meanAbsoluteError, digits: 4) },
            block("ratio to the best baseline") { figures in
                figures.comparison.map { "\(Words.rounded($0.ratio, digits: 2)) (\($0.baseline))" }
            },
            block("its 90 % interval") { figures in
                figures.comparison.map {
                    "\(Words.rounded($0.low, digits: 2)) to \(Words.rounded($0.high, digits: 2))"
                }
            },
            block("coverage of the 90 % interval") { figures in
                figures.coverage.map { "\(Words.rounded(100 * $0, digits: 0)) %" }
            },
            block("mean width of the 90 % interval") { $0.width.map { Words.rounded($0, digits: 4) } },
            block("rank correlation") { $0.rankCorrelation.map { Words.rounded($0, digits: 3) } },
        ]
        return (["\(table.curves) curves: \(tasks.joined(separator: ", "))"] + blocks.compactMap { $0 })
            .joined(separator: "\n\n")
    }
}
