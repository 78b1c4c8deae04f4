/// A CSV file (RFC 4180) with a header line, as rows of named fields.
public struct CSVTable {
    public let columns: [String]
    /// Each with the number of its first line in the file, counted from 1. A row that is too short lacks its last
    /// fields.
    public let rows: [(line: Int, fields: [String: String])]

    /// Names of columns are taken in lower case and without spaces around them; empty lines are passed over.
    public init(_ text: String) {
        var records: [(line: Int, fields: [String])] = []
        var fields: [String] = []
        var field = ""
        var (line, first, isQuoted) = (1, 1, false)
        func endRecord() {
            fields.append(field)
            if fields.contains(where: { !$0.allSatisfy(\.isWhitespace) }) { records.append((first, fields)) }
            (fields, field) = ([], "")
        }
        var characters = Substring(text.first == "\u{FEFF}" ? text.dropFirst() : text[...])
        while let character = characters.popFirst() {
            switch character {
            case "\"" where isQuoted && characters.first == "\"": field.append(characters.removeFirst())
            case "\"": isQuoted.toggle()
            case "," where !isQuoted:
                fields.append(field)
                field = ""
            case _ where character.isNewline:
                line += 1
                if isQuoted { field.append(character) } else { endRecord() }
                if !isQuoted { first = line }
            default: field.append(character)
            }
        }
        endRecord()
        let names = records.first?.fields.map { Self.trimmed($0).lowercased() } ?? []
        columns = names
        rows = records.dropFirst().map { record in
            let pairs = zip(names, record.fields).map { ($0, Self.trimmed($1)) }
            return (record.line, Dictionary(pairs, uniquingKeysWith: { first, _ in first }))
        }
    }

    private static func trimmed(_ text: String) -> String {
        var text = text[...]
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}
