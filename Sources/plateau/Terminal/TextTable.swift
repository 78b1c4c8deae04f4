/// Columns of text, right-aligned where they hold numbers.
struct TextTable {
    private var rows: [[String]] = []
    private let header: [String]

    init(_ header: [String]) {
        self.header = header
    }

    mutating func add(_ row: [String]) {
        precondition(row.count == header.count)
        rows.append(row.map(\.onOneLine))
    }

    var text: String {
        let widths = header.indices.map { column in ([header] + rows).map { $0[column].count }.max() ?? 0 }
        let isNumber = header.indices.map { column in
            rows.allSatisfy {
                $0[column].isEmpty || $0[column] == "–" || $0[column].first.map { $0.isNumber || $0 == "-" } == true
            }
        }
        return ([header] + rows).map { row in
            let cells = row.indices.map { column in
                let space = String(repeating: " ", count: widths[column] - row[column].count)
                return isNumber[column] ? space + row[column] : row[column] + space
            }
            var line = cells.joined(separator: "  ")
            while line.last == " " { line.removeLast() }
            return line
        }.joined(separator: "\n")
    }
}
