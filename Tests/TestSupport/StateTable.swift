import Foundation

/// A table of ARCHITECTURE.md that says what each action makes of each state: the tests' own list of cases, so that
/// what is written there is what was tried.
public struct StateTable: Sendable {
    public struct Case: Sendable, CustomStringConvertible {
        public var action: String
        public var state: String
        /// The state afterwards, the same where nothing happens or the case cannot be; nil where the action is refused.
        public var after: String?

        public var description: String { "\(action): \(state) → \(after ?? "refused")" }
    }

    public struct Missing: Error {}

    public let states: [String]
    public let cases: [Case]

    /// - Parameter subject: what stands above the column of actions, `run` or `sweep`.
    /// - Throws: `Missing` where there is no such table, or one of its rows has another number of cells.
    public init(of subject: String) throws {
        let document = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "ARCHITECTURE.md")
        let lines = try String(contentsOf: document, encoding: .utf8)
            .split(separator: "\n", omittingEmptySubsequences: false)
        guard let head = lines.firstIndex(where: { $0.hasPrefix("| \(subject) |") }) else { throw Missing() }
        states = Array(Self.cells(lines[head]).dropFirst())
        var cases: [Case] = []
        for line in lines[(head + 2)...] {
            guard line.hasPrefix("|") else { break }
            let cells = Self.cells(line)
            guard cells.count == states.count + 1 else { throw Missing() }
            for (state, after) in zip(states, cells.dropFirst()) {
                let after = after.isEmpty ? state : after
                cases.append(Case(action: cells[0], state: state, after: after == "–" ? nil : after))
            }
        }
        self.cases = cases
    }

    private static func cells(_ line: Substring) -> [String] {
        // Before the first bar and behind the last there is nothing.
        line.split(separator: "|", omittingEmptySubsequences: false).dropFirst().dropLast()
            .map { $0.trimmingCharacters(in: .whitespaces) }
    }
}
