import Foundation
import LearningCurves

/// A folder of whole learning curves, one CSV file each, and where present a `manifest.csv` that says what they are.
///
/// The manifest's columns: `file` (required, a name in the folder), `task` (which curves are alike; without it the whole
/// folder is one task), `epochs` (of the whole run; without it the last epoch in the file), `train_size` (training
/// images), `dims` (2 or 3). Others are passed over. Without a manifest, every `*.csv` in the folder is a curve.
struct CurveFolder {
    static let maximumFiles = 10_000

    let curves: [StudyCurve]
    /// Why files were left out, a line each.
    let problems: [String]

    /// - throws: `CommandFailure` for a folder or manifest that cannot be read; what is wrong with a single curve is one
    ///   of the `problems`.
    init(at folder: URL) throws {
        var problems: [String] = []
        curves = try Self.entries(of: folder).compactMap { entry in
            do {
                return try Self.curve(entry, in: folder)
            } catch let failure as CommandFailure {
                problems.append(failure.message)
            } catch let error as LearningCurvesError {
                problems.append("\(entry.file): \(error)")
            }
            return nil
        }
        self.problems = problems
    }

    private struct Entry {
        var file: String
        var fields: [String: String]
    }

    private static func entries(of folder: URL) throws -> [Entry] {
        func failure(_ problem: String) -> CommandFailure {
            CommandFailure(code: ExitStatus.failed, message: problem)
        }
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder.path) else {
            throw failure("\(folder.path) is not a folder that can be read")
        }
        var entries = names.sorted().filter { $0.hasSuffix(".csv") && $0 != "manifest.csv" }
            .map { Entry(file: $0, fields: [:]) }
        if names.contains("manifest.csv") {
            let table = CSVTable(try CurveFile.text(at: folder.appending(path: "manifest.csv")))
            guard table.columns.contains("file") else {
                throw failure("manifest.csv needs a header line with a column file")
            }
            entries = try table.rows.map { row in
                guard let file = row.fields["file"], !file.isEmpty, !file.contains("/"), !file.contains("\0") else {
                    throw failure("manifest.csv line \(row.line): file must be a name in the folder")
                }
                return Entry(file: file, fields: row.fields)
            }
        }
        guard !entries.isEmpty else { throw failure("\(folder.path) has no curves: no file ends in .csv") }
        guard entries.count <= maximumFiles else {
            throw failure("\(folder.path) has \(entries.count) curves; at most \(maximumFiles) can be judged at once")
        }
        return entries
    }

    private static func curve(_ entry: Entry, in folder: URL) throws -> StudyCurve {
        func whole(_ column: String) throws -> Int? {
            guard let text = entry.fields[column], !text.isEmpty else { return nil }
            guard let value = Int(text) else {
                throw CommandFailure(
                    code: ExitStatus.failed,
                    message:
                        "\(entry.file): \(column) in manifest.csv must be a whole number; got \"\(text.prefix(40))\"")
            }
            return value
        }
        let points = try CurveFile(at: folder.appending(path: entry.file)).points
        let context = RunContext(
            totalEpochs: try whole("epochs") ?? points[points.count - 1].epoch, size: try whole("train_size"),
            dimensions: try whole("dims"))
        return try StudyCurve(
            name: entry.file, task: entry.fields["task"] ?? folder.lastPathComponent, context: context, points: points)
    }
}
