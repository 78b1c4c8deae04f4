import Foundation
import LearningCurves

/// A learning curve in a CSV file: `val_dice` or `val_dsc`, and where present `epoch`, `train_loss` and `val_loss`.
/// Epochs may be counted from 0, as nnU-Net does, or from 1.
struct CurveFile {
    static let maximumBytes = 16 << 20

    let points: [CurvePoint]

    /// - throws: `CommandFailure` naming the file, the line and what is wrong with it.
    init(at url: URL) throws {
        func failure(_ problem: String) -> CommandFailure {
            CommandFailure(code: ExitStatus.failed, message: "\(url.lastPathComponent): \(problem)")
        }
        let table = CSVTable(try Self.text(at: url))
        guard let score = ["val_dice", "val_dsc"].first(where: table.columns.contains) else {
            throw failure(
                "needs a header line with a column val_dice or val_dsc; it has "
                    + (table.columns.isEmpty ? "none" : table.columns.joined(separator: ", ")))
        }
        var shift = 0
        points = try table.rows.enumerated().map { index, row in
            func number(_ column: String) throws -> Double? {
                guard let text = row.fields[column], !text.isEmpty else { return nil }
                guard let value = Double(text), value.isFinite else {
                    throw failure("line \(row.line): \(column) must be a number; got \"\(text.prefix(40))\"")
                }
                return value
            }
            guard let dsc = try number(score) else { throw failure("line \(row.line) has no \(score)") }
            guard (0...1).contains(dsc) else {
                throw failure("line \(row.line): \(score) must be from 0 to 1; got \(dsc)")
            }
            var epoch = index + 1
            if let given = try number("epoch") {
                guard let whole = Int(exactly: given), (0...1_000_000).contains(whole) else {
                    throw failure("line \(row.line): epoch must be a whole number from 0 to 1000000; got \(given)")
                }
                if index == 0, whole == 0 { shift = 1 }
                epoch = whole + shift
            }
            return CurvePoint(
                epoch: epoch, valDSC: dsc, trainLoss: try number("train_loss"), valLoss: try number("val_loss"))
        }
        guard !points.isEmpty else { throw failure("has no points") }
    }

    /// - throws: `CommandFailure` for a file that cannot be read, is too large or is no text.
    static func text(at url: URL) throws -> String {
        func failure(_ problem: String) -> CommandFailure {
            CommandFailure(code: ExitStatus.failed, message: "\(url.lastPathComponent): \(problem)")
        }
        let size = try? FileManager.default.attributesOfItem(atPath: url.path)[.size] as? Int
        guard let size else { throw failure("cannot be read") }
        guard size <= maximumBytes else {
            throw failure("has \(size) bytes; a file of numbers may have \(maximumBytes)")
        }
        guard let bytes = FileManager.default.contents(atPath: url.path) else { throw failure("cannot be read") }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw failure("is not UTF-8 text") }
        return text
    }
}
