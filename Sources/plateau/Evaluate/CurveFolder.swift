import API
import Foundation
import LearningCurves

/// A folder of whole learning curves, one CSV file each, and where present a `manifest.csv` that says what they are.
///
/// The manifest's columns: `file` (required, a name in the folder), `task` (which curves are alike; without it the whole
/// folder is one task), `epochs` (of the whole run; without it the last epoch in the file), `train_size` (training
/// images), `dims` (2 or 3). Others are passed over. Without a manifest, every `*.csv` in the folder is a curve.
struct CurveFolder {
    let curves: [StudyCurve]
    /// Why files were left out, a line each.
    let problems: [String]

    /// - throws: `CommandFailure` for a folder or manifest that cannot be read; what is wrong with a single curve is one
    ///   of the `problems`.
    init(at folder: URL) throws {
        (curves, problems) = try FolderManifest(of: folder).read { try Self.curve($0, in: folder) }
    }

    private static func curve(_ entry: FolderManifest.Entry, in folder: URL) throws -> StudyCurve {
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
