import Foundation

/// Looks through a data set: decodes every file, hashes it, puts the files of a case together.
public struct DatasetScanner: Sendable {
    /// Bounds on single files.
    public struct Limits: Sendable {
        /// Bytes of a file. The default is 256 MiB.
        public var fileBytes = 256 << 20
        /// Pixels that an image may declare. The default is 100 million.
        public var pixels = 100_000_000
        /// Entries of a folder. The default is 200,000.
        public var files = 200_000
        /// Bytes of a file with volumes, as it lies on disk. The default is 1 GiB.
        public var volumeBytes = 1 << 30
        /// Voxels times channels that a file with volumes, or all files of a case, may declare. The default is 2^28: the
        /// float numbers of a case take 1 GiB.
        public var values = 1 << 28

        public init() {}
    }

    let limits: Limits
    let threads: Int

    public init(limits: Limits = Limits(), threads: Int = 2) {
        self.limits = limits
        self.threads = max(1, threads)
    }

    /// - Parameters:
    ///   - root: canonical and absolute, as `DataRoots.resolve` gives it.
    ///   - progress: cases done and in all; called from any thread.
    /// - Throws: `DatasetError.wrongLayout` when the folders are not there or hold nothing, the data set's own description
    ///   cannot be used, or no mask or label has a foreground.
    public func scan(
        root: String, layout: DatasetLayout, progress: (@Sendable (Int, Int) -> Void)? = nil
    ) throws -> DatasetScan {
        guard Self.isFolder(root) else { throw DatasetError.wrongLayout("\(root) is not a folder") }
        switch layout {
        case .imageMask: return try scanImagesAndMasks(root: root, progress: progress)
        case .msd: return try scanVolumes(try MSDLayout.listing(root, limits), layout, root, progress)
        case .nnunet: return try scanVolumes(try NnUNetLayout.listing(root, limits), layout, root, progress)
        case .brats: return try scanVolumes(try BraTSLayout.listing(root, limits), layout, root, progress)
        }
    }

    /// - Throws: `DatasetError.wrongLayout`, which names what is missing and what is there.
    static func requireFolders(_ names: [String], in root: String, layout: DatasetLayout) throws {
        let missing = names.filter { !isFolder(root + "/" + $0) }
        guard missing.isEmpty else {
            let present = ((try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []).sorted().prefix(8)
            throw DatasetError.wrongLayout(
                "the layout \(layout.rawValue) needs the folders \(names.map { $0 + "/" }.joined(separator: " and ")) "
                    + "in \(root); missing: "
                    + "\(missing.joined(separator: ", ")); found: \(present.isEmpty ? "nothing" : present.joined(separator: ", ")). "
                    + "Rename or link the folders.")
        }
    }

    static func isFolder(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
    }
}
