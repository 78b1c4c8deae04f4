/// nnU-Net's raw layout: `imagesTr/CASE_0000.nii.gz`, `CASE_0001.nii.gz`, … a channel each, and `labelsTr/CASE.nii.gz`.
/// Where `dataset.json` is missing, the files say how many channels and which labels there are.
enum NnUNetLayout {
    /// - Throws: `DatasetError.wrongLayout` where the folders are missing or `dataset.json` is of no use.
    static func listing(_ root: String, _ limits: DatasetScanner.Limits) throws -> VolumeListing {
        try DatasetScanner.requireFolders(["imagesTr", "labelsTr"], in: root, layout: .nnunet)
        let description = try DatasetDescription(root: root, limits: limits)
        if let ending = description?.fileEnding, ![".nii", ".nii.gz"].contains(ending.lowercased()) {
            throw DatasetError.wrongLayout(
                "\(root)/\(DatasetDescription.file) has the file_ending \(ending.prefix(20)): only .nii and .nii.gz are read; "
                    + "convert the volumes")
        }
        if description?.namesFilesElsewhere == true {
            throw DatasetError.wrongLayout(
                "\(root)/\(DatasetDescription.file) lists its files under \"dataset\", which is not supported: put them "
                    + "or links to them into imagesTr and labelsTr")
        }
        let images = try FolderListing(root: root, folder: "imagesTr", kind: .volumes, limit: limits.files)
        let labels = try FolderListing(root: root, folder: "labelsTr", kind: .volumes, limit: limits.files)
        var listing = VolumeListing(channels: description?.channels, classes: description?.classes)
        listing.problems = images.problems + labels.problems

        var channels: [String: [Int: String]] = [:]
        for (stem, name) in images.files {
            guard let (id, number) = split(stem) else {
                listing.note(
                    "imagesTr/" + name, .badListing,
                    "has no channel number: name it CASE_0000.nii.gz, with the case's name and four digits")
                continue
            }
            channels[id, default: [:]][number] = "imagesTr/" + name
        }
        let count = description?.channels ?? (channels.values.compactMap { $0.keys.max() }.max() ?? 0) + 1
        guard count <= DatasetManifest.channelLimit else {
            throw DatasetError.wrongLayout(
                "\(root)/imagesTr numbers \(count) channels; at most \(DatasetManifest.channelLimit) are taken")
        }
        listing.channels = count
        for (id, files) in channels.sorted(by: { $0.key < $1.key }) {
            add(id, files, count, labels, &listing)
        }
        for (id, name) in labels.files where channels[id] == nil {
            listing.note("labelsTr/" + name, .noImage, "has no image: imagesTr/\(id)_0000.nii.gz is missing")
        }
        return listing
    }

    private static func add(
        _ id: String, _ files: [Int: String], _ count: Int, _ labels: FolderListing, _ listing: inout VolumeListing
    ) {
        let ordered = files.sorted { $0.key < $1.key }
        let first = ordered[0].value
        guard let label = labels.files[id] else {
            listing.note(first, .noMask, "has no label: labelsTr/\(id).nii.gz is missing")
            return
        }
        let missing = (0..<count).filter { files[$0] == nil }
        let surplus = ordered.filter { $0.key >= count }
        for channel in missing {
            listing.note(
                first, .channelMismatch,
                "lacks its channel \(channel): imagesTr/\(id)_\(digits(channel)).nii.gz is missing; the data set has \(count)"
            )
        }
        for (channel, file) in surplus {
            listing.note(
                file, .channelMismatch,
                "is channel \(channel) of its case, but dataset.json names \(count), which are numbered from 0")
        }
        guard missing.isEmpty, surplus.isEmpty else { return }
        listing.cases.append(.init(id: id, images: ordered.map(\.value), label: "labelsTr/" + label))
    }

    private static func digits(_ number: Int) -> String {
        let text = "\(number)"
        return String(repeating: "0", count: max(0, 4 - text.count)) + text
    }

    /// CASE_0000 to its case and channel.
    private static func split(_ stem: String) -> (id: String, channel: Int)? {
        let digits = stem.suffix(4)
        guard stem.count > 5, stem.dropLast(4).hasSuffix("_"),
            digits.allSatisfy({ $0.isASCII && $0.isNumber }), let channel = Int(digits)
        else { return nil }
        return (String(stem.dropLast(5)), channel)
    }
}
