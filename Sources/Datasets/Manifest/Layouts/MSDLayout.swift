/// The Medical Segmentation Decathlon's layout: `dataset.json` lists the cases; what lies in `imagesTr` and `labelsTr`
/// without being listed is named.
enum MSDLayout {
    /// - Throws: `DatasetError.wrongLayout` where `dataset.json` is missing or of no use.
    static func listing(_ root: String, _ limits: DatasetScanner.Limits) throws -> VolumeListing {
        guard let description = try DatasetDescription(root: root, limits: limits) else {
            throw DatasetError.wrongLayout(
                "the layout msd needs \(DatasetDescription.file) in \(root), which lists the cases; without one, name "
                    + "the images CASE_0000.nii.gz and use the layout nnunet")
        }
        guard let training = description.training, let classes = description.classes else {
            throw DatasetError.wrongLayout(
                "\(root)/\(DatasetDescription.file) has no \"training\" list or no \"labels\"")
        }
        try DatasetScanner.requireFolders(["imagesTr", "labelsTr"], in: root, layout: .msd)
        let images = try FolderListing(root: root, folder: "imagesTr", kind: .volumes, limit: limits.files)
        let labels = try FolderListing(root: root, folder: "labelsTr", kind: .volumes, limit: limits.files)
        var listing = VolumeListing(channels: description.channels, classes: classes)
        listing.problems = images.problems + labels.problems
        var listed: Set<String> = []
        var ids: Set<String> = []
        for (number, entry) in training.enumerated() {
            guard let pair = entry, let image = path(pair.image), let label = path(pair.label),
                let id = VolumeListing.stem(image), VolumeListing.stem(label) != nil
            else {
                listing.note(
                    DatasetDescription.file, .badListing,
                    "entry \(number + 1) of \"training\" is not {\"image\": …, \"label\": …} with the paths of two .nii or "
                        + ".nii.gz files in the data set's folder")
                continue
            }
            listed.formUnion([image, label])
            if !ids.insert(id).inserted {
                listing.note(image, .duplicateStem, "has the same stem as another image in \(DatasetDescription.file)")
                continue
            }
            add(id, image, label, root, &listing)
        }
        noteUnlisted("imagesTr", images, listed, other: labels, &listing)
        noteUnlisted("labelsTr", labels, listed, other: images, &listing)
        return listing
    }

    /// Relative and without "./"; nil for what is none, or would lead out.
    private static func path(_ text: String) -> String? {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).filter { $0 != "." }
        guard FolderListing.isPlain(text), text.utf8.count <= 1024, !parts.isEmpty,
            !parts.contains(where: { $0.isEmpty || $0 == ".." })
        else { return nil }
        return parts.joined(separator: "/")
    }

    private static func add(
        _ id: String, _ image: String, _ label: String, _ root: String, _ listing: inout VolumeListing
    ) {
        let missing = [image, label].filter { DataRoots.canonical(root + "/" + $0) == nil }
        switch missing {
        case []: listing.cases.append(.init(id: id, images: [image], label: label))
        case [label]: listing.note(image, .noMask, "has no label: \(label), which dataset.json names, is missing")
        case [image]: listing.note(label, .noImage, "has no image: \(image), which dataset.json names, is missing")
        default: listing.note(image, .noImage, "is named by dataset.json, but missing, and so is its label \(label)")
        }
    }

    private static func noteUnlisted(
        _ folder: String, _ files: FolderListing, _ listed: Set<String>, other: FolderListing,
        _ listing: inout VolumeListing
    ) {
        for (stem, name) in files.files where !listed.contains(folder + "/" + name) {
            let isImage = folder == "imagesTr"
            if other.files[stem] != nil {
                listing.note(
                    folder + "/" + name, .badListing,
                    "is not in the \"training\" list of dataset.json: add it there, or "
                        + "move it away")
            } else if isImage {
                listing.note(
                    folder + "/" + name, .noMask,
                    "has no label: labelsTr/\(name) is missing, and dataset.json does not "
                        + "list it; move it away, or add its label and list both")
            } else {
                listing.note(
                    folder + "/" + name, .noImage,
                    "has no image: imagesTr/\(name) is missing, and dataset.json does not "
                        + "list it; move it away, or add its image and list both")
            }
        }
    }
}
