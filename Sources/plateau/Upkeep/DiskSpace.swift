import Foundation

/// Room on the disk that a folder is on.
struct DiskSpace: Sendable {
    /// For whoever is not root.
    var freeBytes: Int
    var totalBytes: Int

    /// Nil where the folder is not there.
    static func of(_ path: String) -> DiskSpace? {
        var found = statvfs()
        guard statvfs(path, &found) == 0 else { return nil }
        let block = Int(found.f_frsize)
        return DiskSpace(freeBytes: Int(found.f_bavail) * block, totalBytes: Int(found.f_blocks) * block)
    }
}
