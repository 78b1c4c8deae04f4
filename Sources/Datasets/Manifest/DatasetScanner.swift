import Dispatch
import Foundation

/// Looks through a data set: decodes every file, hashes it, pairs images with masks.
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

    private let limits: Limits
    private let threads: Int

    public init(limits: Limits = Limits(), threads: Int = 2) {
        self.limits = limits
        self.threads = max(1, threads)
    }

    private struct Finding {
        var item: DatasetCase?
        var isGrey = true
        var problems: [DatasetProblem] = []
    }

    /// - Parameters:
    ///   - root: canonical and absolute, as `DataRoots.resolve` gives it.
    ///   - progress: cases done and in all; called from any thread.
    /// - Throws: `DatasetError.wrongLayout` when the folders are not there or hold nothing, or no mask has a
    ///   foreground.
    public func scan(
        root: String, layout: DatasetLayout, progress: (@Sendable (Int, Int) -> Void)? = nil
    ) throws -> DatasetScan {
        try checkFolders(root)
        let images = try FolderListing(root: root, folder: "images", limit: limits.files)
        let masks = try FolderListing(root: root, folder: "masks", limit: limits.files)
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
        let findings = each(pairs, progress) { inspect($0.0, $0.1, $0.2, root: root, group: table.group(of: $0.0)) }
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
            layout: layout, channels: findings.allSatisfy(\.isGrey) ? 1 : 3, cases: cases)
        return DatasetScan(
            manifest: manifest, problems: problems.sorted { ($0.file, $0.detail) < ($1.file, $1.detail) })
    }

    private func checkFolders(_ root: String) throws {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: root, isDirectory: &isFolder), isFolder.boolValue else {
            throw DatasetError.wrongLayout("\(root) is not a folder")
        }
        let missing = ["images", "masks"].filter { name in
            var isFolder: ObjCBool = false
            return
                !(FileManager.default.fileExists(atPath: root + "/" + name, isDirectory: &isFolder)
                && isFolder.boolValue)
        }
        guard missing.isEmpty else {
            let present = ((try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []).sorted().prefix(8)
            throw DatasetError.wrongLayout(
                "the layout image-mask needs the folders images/ and masks/ in \(root); missing: "
                    + "\(missing.joined(separator: ", ")); found: \(present.isEmpty ? "nothing" : present.joined(separator: ", ")). "
                    + "Rename or link the folders.")
        }
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

    /// Maps in parallel, in order.
    private func each<Item: Sendable, Result: Sendable>(
        _ items: [Item], _ progress: (@Sendable (Int, Int) -> Void)?, _ body: @Sendable (Item) -> Result
    ) -> [Result] {
        let results = Gathered<Result>()
        withoutActuallyEscaping(body) { body in
            DispatchQueue.concurrentPerform(iterations: threads) { worker in
                for index in stride(from: worker, to: items.count, by: threads) {
                    let done = results.add(body(items[index]), at: index)
                    progress?(done, items.count)
                }
            }
        }
        return items.indices.compactMap { results[$0] }
    }
}

/// Results that come in any order, from any thread.
///
/// `@unchecked Sendable`: the dictionary is guarded by the lock.
private final class Gathered<Result: Sendable>: @unchecked Sendable {
    private let lock = NSLock()
    private var results: [Int: Result] = [:]

    /// - Returns: how many there are.
    func add(_ result: Result, at index: Int) -> Int {
        lock.withLock {
            results[index] = result
            return results.count
        }
    }

    subscript(index: Int) -> Result? { lock.withLock { results[index] } }
}
