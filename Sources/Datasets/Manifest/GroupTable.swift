import Foundation

/// `groups.csv`: two columns, stem and group, with or without that header.
struct GroupTable {
    static let file = "groups.csv"

    private(set) var groups: [String: String] = [:]
    private(set) var problems: [DatasetProblem] = []

    /// Empty when the data set has no such file.
    init(root: String, stems: Set<String>) throws {
        let path = root + "/" + Self.file
        guard FileManager.default.fileExists(atPath: path) else { return }
        guard let canonical = DataRoots.canonical(path), DataRoots.isInside(canonical, root),
            let data = FileManager.default.contents(atPath: path), data.count <= 64 << 20,
            let text = String(data: data, encoding: .utf8)
        else {
            note("cannot be read as UTF-8 text of at most 64 MiB inside the data set's folder")
            return
        }
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let line = line.hasPrefix("\u{feff}") ? line.dropFirst() : line
            if line.allSatisfy(\.isWhitespace) { continue }
            let columns = line.split(separator: ",", omittingEmptySubsequences: false)
                .map { $0.trimmingCharacters(in: .whitespaces) }
            if index == 0, columns.map({ $0.lowercased() }) == ["stem", "group"] { continue }
            read(columns, line: index + 1, stems: stems)
        }
        let missing = stems.subtracting(groups.keys).sorted()
        if !missing.isEmpty {
            note("names no group for \(missing.count) cases, the first of them \(missing[0])")
        }
    }

    private mutating func read(_ columns: [String], line: Int, stems: Set<String>) {
        guard columns.count == 2, columns.allSatisfy({ !$0.isEmpty }) else {
            note("line \(line) is not stem,group")
            return
        }
        guard stems.contains(columns[0]) else {
            note("line \(line) names \(columns[0]), which is not a case here")
            return
        }
        if let other = groups.updateValue(columns[1], forKey: columns[0]), other != columns[1] {
            note("line \(line) puts \(columns[0]) in a second group")
        }
    }

    private mutating func note(_ detail: String) {
        problems.append(.init(file: Self.file, reason: .badGroups, detail: detail))
    }
}
