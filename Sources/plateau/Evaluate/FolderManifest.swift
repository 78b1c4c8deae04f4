import API
import Foundation
import LearningCurves

/// The curves in a folder, one CSV file each: those that `manifest.csv` names in its column `file`, with its other
/// columns, or without a manifest every `*.csv`.
struct FolderManifest {
    struct Entry {
        /// A name in the folder.
        var file: String
        var fields: [String: String]
    }

    static let maximumFiles = 10_000

    let entries: [Entry]

    /// - throws: `CommandFailure` for a folder or manifest that cannot be read, or that has no curves or too many.
    init(of folder: URL) throws {
        func failure(_ problem: String) -> CommandFailure {
            CommandFailure(code: ExitStatus.failed, message: problem)
        }
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder.path) else {
            throw failure("\(folder.path) is not a folder that can be read")
        }
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
        } else {
            entries = names.sorted().filter { $0.hasSuffix(".csv") }.map { Entry(file: $0, fields: [:]) }
        }
        guard !entries.isEmpty else { throw failure("\(folder.path) has no curves: no file ends in .csv") }
        guard entries.count <= Self.maximumFiles else {
            throw failure(
                "\(folder.path) has \(entries.count) curves; at most \(Self.maximumFiles) can be judged at once")
        }
    }

    /// Reads every curve; what is wrong with one is a line of `problems` and does not cost the others.
    func read<Curve>(_ curve: (Entry) throws -> Curve) throws -> (curves: [Curve], problems: [String]) {
        var problems: [String] = []
        let curves = try entries.compactMap { entry -> Curve? in
            do {
                return try curve(entry)
            } catch let failure as CommandFailure {
                problems.append(failure.message)
            } catch let error as LearningCurvesError {
                problems.append("\(entry.file): \(error)")
            }
            return nil
        }
        return (curves, problems)
    }
}
