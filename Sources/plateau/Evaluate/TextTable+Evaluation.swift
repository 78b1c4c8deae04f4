import LearningCurves

extension TextTable {
    /// A row for each method that has a figure at some cut, a column for each cut; nil where no method has one.
    static func block(_ title: String, _ header: [String], _ rows: [(method: String, cells: [String?])]) -> String? {
        var table = TextTable([title] + header)
        let rows = rows.filter { $0.cells.contains { $0 != nil } }
        for row in rows { table.add([row.method] + row.cells.map { $0 ?? "–" }) }
        return rows.isEmpty ? nil : table.text
    }

    static func ratio(_ comparison: BaselineComparison?) -> String? {
        comparison.map { "\(Words.rounded($0.ratio, digits: 2)) (\($0.baseline))" }
    }

    static func interval(_ comparison: BaselineComparison?) -> String? {
        comparison.map { "\(Words.rounded($0.low, digits: 2)) to \(Words.rounded($0.high, digits: 2))" }
    }
}
