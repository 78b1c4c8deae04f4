import API
import Foundation
import LearningCurves

/// DSC over training-set size in a CSV file: `n` (or `train_size`) and `dsc` (or `dice`, `test_dsc`, `test_dice`, `score`),
/// and where present `sd`, `seed` and `depth`; a line is a run.
struct SizePointsFile {
    private static let sizes = ["n", "train_size"]
    private static let scores = ["dsc", "dice", "test_dsc", "test_dice", "score"]

    let observations: [SizeObservation]

    /// - throws: `CommandFailure` naming the file, the line and what is wrong with it.
    init(at url: URL) throws {
        func failure(_ problem: String) -> CommandFailure {
            CommandFailure(code: ExitStatus.failed, message: "\(url.lastPathComponent): \(problem)")
        }
        let table = CSVTable(try CurveFile.text(at: url))
        guard let size = Self.sizes.first(where: table.columns.contains),
            let score = Self.scores.first(where: table.columns.contains)
        else {
            throw failure(
                "needs a header line with the columns n and dsc; it has "
                    + (table.columns.isEmpty ? "none" : table.columns.joined(separator: ", ")))
        }
        observations = try table.rows.map { row in
            func number(_ column: String) throws -> Double? {
                guard let text = row.fields[column], !text.isEmpty else { return nil }
                guard let value = Double(text), value.isFinite else {
                    throw failure("line \(row.line): \(column) must be a number; got \"\(text.prefix(40))\"")
                }
                return value
            }
            func whole(_ column: String) throws -> Int? {
                try number(column).map { value in
                    guard let whole = Int(exactly: value) else {
                        throw failure("line \(row.line): \(column) must be a whole number; got \(value)")
                    }
                    return whole
                }
            }
            guard let n = try whole(size) else { throw failure("line \(row.line) has no \(size)") }
            guard let dsc = try number(score) else { throw failure("line \(row.line) has no \(score)") }
            let observation = SizeObservation(
                n: n, dsc: dsc, layers: try whole("depth"), seed: try whole("seed"), standardError: try number("sd"))
            do {
                try observation.validate(index: 0)
            } catch LearningCurvesError.invalidObservation(_, let field, let problem) {
                let columns = ["n": size, "dsc": score, "layers": "depth", "standard_error": "sd"]
                throw failure("line \(row.line): \(columns[field] ?? field) \(problem)")
            }
            return observation
        }
        guard !observations.isEmpty else { throw failure("has no points") }
    }
}
