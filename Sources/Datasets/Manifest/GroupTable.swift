import Foundation

/// `groups.csv`: two columns, stem and group, with or without that header.
struct GroupTable {
    static let file = "groups.csv"
    private static let bytesLimit = 64 << 20

    private(set) var problems: [DatasetProblem] = []
    private var groups: [String: String] = [:]
    /// Stems that lines put into different groups.
    private var disputed: Set<String> = []
    private var isPresent = true

    /// - Parameter root: canonical; without the file each case is its own group.
    init(root: String, stems: Set<String>) {
        guard let text = load(root) else { return }
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

    /// Nil where a table is there but does not give exactly one: such a case cannot be used, as it might straddle a
    /// split.
    func group(of stem: String) -> String? {
        guard isPresent else { return stem }
        return disputed.contains(stem) ? nil : groups[stem]
    }

    /// Nil where there is nothing to read, having said why.
    private mutating func load(_ root: String) -> String? {
        do {
            let bytes = try FileBytes.read(Self.file, root: root, limit: Self.bytesLimit)
            if let text = String(validating: bytes, as: UTF8.self) { return text }
            note("is not UTF-8 text")
        } catch DatasetError.io(_, _, ENOENT) {
            // A link that leads nowhere is not the same as no file: the groups that it stood for are missing.
            var status = stat()
            isPresent = lstat(root + "/" + Self.file, &status) == 0
            if isPresent { note("is a link that leads nowhere") }
        } catch let failure as FileFailure {
            note(failure.detail)
        } catch {
            note("\(error)")
        }
        return nil
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
            disputed.insert(columns[0])
        }
    }

    private mutating func note(_ detail: String) {
        problems.append(.init(file: Self.file, reason: .badGroups, detail: detail))
    }
}
