public import LearningCurves

/// A learning curve as CSV: `val_dice` or `val_dsc`, and where present `epoch`, `train_loss` and `val_loss`. Epochs may be
/// counted from 0, as nnU-Net does, or from 1.
public struct CurveTable: Sendable {
    /// What is wrong, with the line.
    public struct Failure: Error {
        public let problem: String
    }

    /// At least one.
    public let points: [CurvePoint]

    /// - throws: ``Failure``.
    public init(_ text: String) throws {
        let table = CSVTable(text)
        guard let score = ["val_dice", "val_dsc"].first(where: table.columns.contains) else {
            throw Failure(
                problem: "needs a header line with a column val_dice or val_dsc; it has "
                    + (table.columns.isEmpty ? "none" : table.columns.joined(separator: ", ")))
        }
        var shift = 0
        points = try table.rows.enumerated().map { index, row in
            func number(_ column: String) throws -> Double? {
                guard let text = row.fields[column], !text.isEmpty else { return nil }
                guard let value = Double(text), value.isFinite else {
                    throw Failure(
                        problem: "line \(row.line): \(column) must be a number; got \"\(text.prefix(40))\"")
                }
                return value
            }
            guard let dsc = try number(score) else { throw Failure(problem: "line \(row.line) has no \(score)") }
            guard (0...1).contains(dsc) else {
                throw Failure(problem: "line \(row.line): \(score) must be from 0 to 1; got \(dsc)")
            }
            var epoch = index + 1
            if let given = try number("epoch") {
                guard let whole = Int(exactly: given), (0...1_000_000).contains(whole) else {
                    throw Failure(
                        problem: "line \(row.line): epoch must be a whole number from 0 to 1000000; got \(given)")
                }
                if index == 0, whole == 0 { shift = 1 }
                epoch = whole + shift
            }
            return CurvePoint(
                epoch: epoch, valDSC: dsc, trainLoss: try number("train_loss"), valLoss: try number("val_loss"))
        }
        guard !points.isEmpty else { throw Failure(problem: "has no points") }
    }
}
