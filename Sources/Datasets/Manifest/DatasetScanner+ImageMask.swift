import Foundation

/// The layout image-mask: decodes every file, hashes it, pairs images with masks.
extension DatasetScanner {
    private struct Finding {
        var item: DatasetCase?
        var isGrey = true
        var problems: [DatasetProblem] = []
    }

    func scanImagesAndMasks(
        root: String, progress: (@Sendable (Int, Int) -> Void)?
    ) throws -> DatasetScan {
        try Self.requireFolders(["images", "masks"], in: root, layout: .imageMask)
        let images = try FolderListing(root: root, folder: "images", kind: .images, limit: limits.files)
        let masks = try FolderListing(root: root, folder: "masks", kind: .images, limit: limits.files)
        var problems = images.problems + masks.problems
        for (stem, name) in images.files where masks.files[stem] == nil {
            problems.append(
                .init(
                    file: "images/\(name)", reason: .noMask, detail: "has no mask: masks/\(stem).png or .jpg is missing"
                ))
        }
        for (stem, name) in masks.files where images.files[stem] == nil {
            problems.append(
                .init(
                    file: "masks/\(name)", reason: .noImage,
                    detail: "has no image: images/\(stem).png or .jpg is missing"))
        }
        let stems = images.files.keys.filter { masks.files[$0] != nil }.sorted()
        let table = GroupTable(root: root, stems: Set(stems))
        problems += table.problems

        let pairs = stems.compactMap { stem in
            images.files[stem].flatMap { image in masks.files[stem].map { (stem, "images/" + image, "masks/" + $0) } }
        }
        let findings = pairs.parallelMap(threads: threads, progress) {
            inspect($0.0, $0.1, $0.2, root: root, group: table.group(of: $0.0))
        }
        problems += findings.flatMap(\.problems)
        let cases = findings.compactMap(\.item)
        guard !cases.isEmpty || !problems.isEmpty else {
            throw DatasetError.wrongLayout("\(root)/images holds no images")
        }
        // A single empty mask is a picture of nothing; if all are, their numbers mean something else (0 and 1, say),
        // and a network would learn that there is never anything to see.
        guard cases.isEmpty || cases.contains(where: { $0.foreground > 0 }) else {
            throw DatasetError.wrongLayout(
                "no mask in \(root)/masks has a foreground: grey values from \(Mask.threshold) to 255 count as such. "
                    + "Save the masks with 0 for background and 255 for foreground.")
        }
        let manifest = DatasetManifest(
            layout: .imageMask, channels: findings.allSatisfy(\.isGrey) ? 1 : 3, cases: cases)
        return DatasetScan(
            manifest: manifest, problems: problems.sorted { ($0.file, $0.detail) < ($1.file, $1.detail) })
    }

    private func inspect(_ stem: String, _ image: String, _ mask: String, root: String, group: String?) -> Finding {
        var finding = Finding()
        let left = decode(image, root, &finding)
        let right = decode(mask, root, &finding)
        guard let left, let right else { return finding }
        guard left.image.width == right.image.width, left.image.height == right.image.height else {
            finding.problems.append(
                .init(
                    file: mask, reason: .sizeMismatch,
                    detail:
                        "is \(right.image.width)×\(right.image.height), its image \(left.image.width)×\(left.image.height)"
                ))
            return finding
        }
        guard let group else { return finding }
        finding.isGrey = left.image.channels == 1
        finding.item = DatasetCase(
            id: stem, group: group, images: [DatasetFile(path: image, sha256: left.hash)],
            label: DatasetFile(path: mask, sha256: right.hash), extent: [left.image.height, left.image.width],
            foreground: Mask.foreground(right.image))
        return finding
    }

    private func decode(_ file: String, _ root: String, _ finding: inout Finding) -> (
        image: DecodedImage, hash: String
    )? {
        do {
            let bytes = try FileBytes.read(file, root: root, limit: limits.fileBytes)
            return (try DecodedImage(bytes, pixelLimit: limits.pixels), SHA256Digest.hex(bytes))
        } catch let failure as FileFailure {
            finding.problems.append(.init(file: file, reason: failure.reason, detail: failure.detail))
        } catch DatasetError.io(_, let operation, let code) {
            let detail = "cannot be used, as the system would not \(operation) it: \(String(cString: strerror(code)))"
            finding.problems.append(.init(file: file, reason: .unreadable, detail: detail))
        } catch {
            finding.problems.append(.init(file: file, reason: .unreadable, detail: "\(error)"))
        }
        return nil
    }
}
