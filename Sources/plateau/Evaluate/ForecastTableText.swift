import LearningCurves

/// A `ForecastTable` as a person reads it.
enum ForecastTableText {
    static func text(_ table: ForecastTable) -> String {
        let tasks = table.tasks.sorted { $0.key < $1.key }.map { "\($0.key.onOneLine) \($0.value)" }
        let header = table.shares.map { "\(Int(($0 * 100).rounded())) %" }
        func block(_ title: String, _ cell: (ForecastTable.Figures) -> String?) -> String? {
            TextTable.block(title, header, table.rows.map { ($0.method, $0.cuts.map(cell)) })
        }
        let blocks = [
            block("mean absolute error") { Words.rounded($0.meanAbsoluteError, digits: 4) },
            block("ratio to the best baseline") { TextTable.ratio($0.comparison) },
            block("its 90 % interval") { TextTable.interval($0.comparison) },
            block("coverage of the 90 % interval") { $0.coverage.map(Words.percent) },
            block("mean width of the 90 % interval") { $0.width.map { Words.rounded($0, digits: 4) } },
            block("rank correlation") { $0.rankCorrelation.map { Words.rounded($0, digits: 3) } },
        ]
        return (["\(table.curves) curves: \(tasks.joined(separator: ", "))"] + blocks.compactMap { $0 })
            .joined(separator: "\n\n")
    }
}
