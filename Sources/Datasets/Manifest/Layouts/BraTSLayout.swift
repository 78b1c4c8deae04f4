/// BraTS 2020's layout: in each case's folder its four sequences and `*_seg`. Files beside the folders, and what is no
/// volume, are tables and licences.
enum BraTSLayout {
    /// In the order of the channels.
    static let sequences = ["flair", "t1", "t1ce", "t2"]
    /// Of a case's folder.
    private static let fileLimit = 1000

    /// - Throws: `DatasetError.wrongLayout` where there are no folders with volumes.
    static func listing(_ root: String, _ limits: DatasetScanner.Limits) throws -> VolumeListing {
        var listing = VolumeListing(channels: sequences.count, classes: .brats)
        var volumes = 0
        for name in try FolderListing.names(root, limit: limits.files).sorted() where !name.hasPrefix(".") {
            guard FolderListing.isPlain(name) else {
                listing.note(name, .unreadable, "has a name that is not plain UTF-8 text; rename it")
                continue
            }
            if DatasetScanner.isFolder(root + "/" + name) {
                guard let canonical = DataRoots.canonical(root + "/" + name), DataRoots.isInside(canonical, root) else {
                    listing.note(name, .outsideRoot, "is a link that leads out of the data set's folder")
                    continue
                }
                let files = try FolderListing(root: root, folder: name, kind: .volumesAmongOthers, limit: fileLimit)
                volumes += files.files.count
                add(name, files, &listing)
            } else if VolumeListing.stem(name) != nil {
                listing.note(name, .badListing, "lies outside a case's folder: move it into one, or away")
            }
        }
        guard volumes > 0 else {
            throw DatasetError.wrongLayout(
                "\(root) holds no folders with volumes. The layout brats needs one a case, with *_flair, *_t1, *_t1ce, *_t2 "
                    + "and *_seg as .nii or .nii.gz in each; give the folder that holds the cases' folders")
        }
        return listing
    }

    private static func add(_ id: String, _ files: FolderListing, _ listing: inout VolumeListing) {
        listing.problems += files.problems
        guard !files.files.isEmpty || !files.problems.isEmpty else {
            listing.note(id, .noImage, "holds no volumes: move the folder away, or put its case back")
            return
        }
        var found: [String: String] = [:]
        for (stem, name) in files.files.sorted(by: { $0.key < $1.key }) {
            let file = id + "/" + name
            guard let part = (sequences + ["seg"]).first(where: { stem.lowercased().hasSuffix("_" + $0) }) else {
                listing.note(
                    file, .badListing,
                    "is none of *_flair, *_t1, *_t1ce, *_t2 and *_seg: rename it, or move it away")
                continue
            }
            if let other = found[part] {
                listing.note(file, .duplicateStem, "is a second *_\(part), after \(other); keep one of them")
            } else {
                found[part] = file
            }
        }
        let missing = sequences.filter { found[$0] == nil }
        for part in missing { listing.note(id, .noImage, "has no *_\(part).nii or .nii.gz") }
        guard let label = found["seg"] else {
            listing.note(id, .noMask, "has no *_seg.nii or .nii.gz")
            return
        }
        guard missing.isEmpty else { return }
        listing.cases.append(.init(id: id, images: sequences.compactMap { found[$0] }, label: label))
    }
}
