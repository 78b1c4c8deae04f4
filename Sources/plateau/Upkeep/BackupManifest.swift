import API
import Foundation
import Storage

/// `backup.json`: what a backup holds and how to tell that it is whole.
struct BackupManifest: Codable, Sendable, Equatable {
    static let fileName = "backup.json"
    static let currentFormat = 1

    var format = currentFormat
    /// The version of the program that made it.
    var plateau: String
    var madeAt: Date
    var databaseBytes: Int
    /// In hex.
    var databaseSha256: String
    var checkpoints: Int
    var models: Int
    /// Bytes of all files.
    var bytes: Int
    /// Files that were damaged or gone before they could be copied, in words.
    var leftOut: [String]

    /// - Throws: `UpkeepFailure` where the folder holds no backup, or one that this program cannot read.
    static func read(_ folder: URL) throws -> BackupManifest {
        let file = folder.appending(path: fileName)
        guard let bytes = try? Data(contentsOf: file) else {
            throw UpkeepFailure(
                "\(folder.path) is no backup: it has no \(fileName). Name a folder that `plateau backup` made.")
        }
        guard let manifest = try? JSONCoding.decoder().decode(BackupManifest.self, from: bytes) else {
            throw UpkeepFailure(
                "\(file.path) cannot be read: it is damaged, or was made by another version of plateau.")
        }
        guard manifest.format == currentFormat else {
            throw UpkeepFailure(
                "\(folder.path) has the format \(manifest.format); this program reads \(currentFormat). "
                    + "Restore it with plateau \(manifest.plateau).")
        }
        return manifest
    }
}
