import Foundation
import LearningCurves

/// A folder of studies of DSC over training-set size: a CSV file each (``SizePointsFile``), and where present a
/// `manifest.csv` with the columns `file` (required, a name in the folder) and `task` (studies of one task are alike;
/// without it each file is a task of its own); or a folder of LCDB 1.1 (``LCDBFolder``).
struct SizeStudyFolder {
    let studies: [SizeStudy]
    /// Why curves were left out, a line for each file.
    let problems: [String]

    /// - throws: `CommandFailure` for a folder or manifest that cannot be read; what is wrong with a single file is one of
    ///   the `problems`.
    init(at folder: URL) throws {
        if FileManager.default.fileExists(atPath: folder.appending(path: "meta.json").path) {
            (studies, problems) = try LCDBFolder(at: folder).studies()
        } else {
            (studies, problems) = try FolderManifest(of: folder).read { entry in
                let observations = try SizePointsFile(at: folder.appending(path: entry.file)).observations
                return try SizeStudy(
                    name: entry.file, task: entry.fields["task"] ?? entry.file, observations: observations)
            }
        }
    }
}
