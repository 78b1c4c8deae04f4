import LearningCurves

/// An `EstimateTable` as a person reads it.
enum EstimateTableText {
    static func text(_ table: EstimateTable) -> String {
        let header = table.shares.map { "\(Int(($0 * 100).rounded())) %" }
        func block(_ title: String, _ cell: (EstimateTable.Figures) -> String?) -> String? {
            TextTable.block(title, header, table.rows.map { ($0.method, $0.cuts.map(cell)) })
        }
        func number(_ value: Double) -> String { Words.rounded(value, digits: 3) }
        let judged = zip(header, table.judged).map { "\($1) at \($0)" }.joined(separator: ", ")
        let blocks = [
            block("n of 99 % of the full-size score: median |ln(predicted/true)|") {
                number($0.medianAbsoluteLogRatio)
            },
            block("median ln(predicted/true)") { number($0.medianLogRatio) },
            block("ratio of the median |ln| to the best single family") { TextTable.ratio($0.sizeComparison) },
            block("its 90 % interval") { TextTable.interval($0.sizeComparison) },
            block("coverage of the 90 % interval of n") { $0.sizeCoverage.map(Words.percent) },
            block("its median width, ln(high/low)") { $0.sizeWidth.map(number) },
            block("score at full size: mean absolute error") { Words.rounded($0.scoreError, digits: 4) },
            block("ratio to the best single family") { TextTable.ratio($0.scoreComparison) },
            block("its 90 % interval") { TextTable.interval($0.scoreComparison) },
            block("coverage of the 90 % interval of the score") { $0.scoreCoverage.map(Words.percent) },
            block("its mean width") { $0.scoreWidth.map { Words.rounded($0, digits: 4) } },
        ]
        let title = "\(table.studies) curves of \(table.tasks) tasks; with enough sizes: \(judged)"
        return ([title] + blocks.compactMap { $0 }).joined(separator: "\n\n")
    }
}
