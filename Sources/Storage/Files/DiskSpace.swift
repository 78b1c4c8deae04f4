import Foundation

/// Room on the disk that a folder is on.
public struct DiskSpace: Sendable, Hashable {
    /// For whoever is not root.
    public var freeBytes: Int
    public var totalBytes: Int

    public init(freeBytes: Int, totalBytes: Int) {
        self.freeBytes = freeBytes
        self.totalBytes = totalBytes
    }

    /// Nil where the folder is not there.
    public static func of(_ path: String) -> DiskSpace? {
        var found = statvfs()
        guard statvfs(path, &found) == 0 else { return nil }
        let block = Int(found.f_frsize)
        return DiskSpace(freeBytes: Int(found.f_bavail) * block, totalBytes: Int(found.f_blocks) * block)
    }

    /// Someone should see to it: less than 1 GiB, or of a small disk less than a tenth.
    public var isLow: Bool { freeBytes < min(1 << 30, totalBytes / 10) }

    /// Writes are about to fail: less than 64 MiB, or of a small disk less than a twentieth.
    public var isExhausted: Bool { freeBytes < min(1 << 26, totalBytes / 20) }
}
