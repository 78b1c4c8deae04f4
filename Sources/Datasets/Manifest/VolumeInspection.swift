import CCodecs
import Foundation

/// Reads all files of a case once, in pieces, and says what they hold or what is wrong with them.
struct VolumeInspection: Sendable {
    private let root: String
    private let limits: DatasetScanner.Limits

    init(root: String, limits: DatasetScanner.Limits) {
        self.root = root
        self.limits = limits
    }

    struct Finding: Sendable {
        /// Without its foreground, which depends on the data set's classes; nil where there are problems.
        var item: DatasetCase?
        var channels = 0
        /// Voxels of each label that occurs.
        var labels: [UInt8: Int] = [:]
        var problems: [DatasetProblem] = []

        mutating func note(_ file: String, _ reason: DatasetProblem.Reason, _ detail: String) {
            problems.append(.init(file: file, reason: reason, detail: detail))
        }
    }

    private struct Image {
        var file: DatasetFile
        var header: NIfTIHeader
        var zeros: UInt64
    }

    /// - Parameter group: nil where the table of groups leaves the case out; it has been reported there.
    func inspect(_ candidate: VolumeListing.Candidate, group: String?) -> Finding {
        var finding = Finding()
        let images = candidate.images.compactMap { image($0, &finding) }
        let label = label(candidate.label, &finding)
        // Compared as far as they can be read: all that is wrong with a case is told at once.
        if let first = images.first {
            for other in images.dropFirst() { compare(other.file.path, other.header, first, &finding) }
            if let label { compare(label.file.path, label.header, first, &finding) }
        }
        if images.count > 1 {
            for other in images where other.header.channels != 1 {
                finding.note(
                    other.file.path, .channelMismatch,
                    "holds \(other.header.channels) channels, where its name stands for one: split it into files")
            }
        }
        guard finding.problems.isEmpty, let first = images.first, let label else { return finding }
        finding.channels = images.count > 1 ? images.count : first.header.channels
        let extent = Array(first.header.extent.reversed())
        let values = extent.reduce(finding.channels, *)
        guard values <= limits.values else {
            finding.note(
                first.file.path, .tooLarge,
                "and the other channels of its case hold \(values) values; at most \(limits.values) are taken")
            return finding
        }
        guard let group else { return finding }
        finding.item = DatasetCase(
            id: candidate.id, group: group, images: images.map(\.file), label: label.file, extent: extent,
            spacing: first.header.spacing.reversed(), foreground: 0,
            zeros: Double(images.reduce(0) { $0 + $1.zeros }) / Double(values))
        return finding
    }

    private func image(_ path: String, _ finding: inout Finding) -> Image? {
        var tally = plateau_image_tally()
        guard
            let (file, header) = read(
                path, &finding,
                { piece in plateau_tally_image(piece.baseAddress, piece.count, &tally) })
        else { return nil }
        if tally.not_finite > 0 {
            finding.note(
                path, .notFinite,
                "holds \(tally.not_finite) values that are NaN or infinite: replace them, for instance by 0")
        } else if tally.zeros == UInt64(header.values) {
            finding.note(path, .empty, "holds nothing but zeros: export it anew")
        }
        return Image(file: file, header: header, zeros: tally.zeros)
    }

    private func label(_ path: String, _ finding: inout Finding) -> (file: DatasetFile, header: NIfTIHeader)? {
        var tally = plateau_label_tally()
        guard
            let (file, header) = read(
                path, &finding,
                { piece in plateau_tally_labels(piece.baseAddress, piece.count, &tally) })
        else { return nil }
        if header.channels != 1 {
            finding.note(path, .wrongDimensions, "is a label in \(header.channels) channels: save one volume of labels")
        }
        if tally.others > 0 {
            finding.note(
                path, .badLabels,
                "holds \(tally.others) voxels that are no labels, the first of them \(tally.example): labels are whole "
                    + "numbers from 0 to 255")
        }
        let counts = withUnsafeBytes(of: tally.counts) { $0.bindMemory(to: UInt64.self).map(Int.init) }
        for label in 0...UInt8.max where counts[Int(label)] > 0 { finding.labels[label] = counts[Int(label)] }
        return (file, header)
    }

    /// The file's hash and header; nil where it cannot be read, having said why.
    private func read(
        _ path: String, _ finding: inout Finding, _ body: (UnsafeBufferPointer<Float>) -> Void
    ) -> (DatasetFile, NIfTIHeader)? {
        do {
            let bytes = try FileBytes.read(path, root: root, limit: limits.volumeBytes)
            let volume = try NIfTIFile(bytes, valueLimit: limits.values)
            try volume.forEachPiece { piece throws(FileFailure) in body(piece) }
            return (DatasetFile(path: path, sha256: SHA256Digest.hex(bytes)), volume.header)
        } catch let failure as FileFailure {
            finding.note(path, failure.reason, failure.detail)
        } catch DatasetError.io(_, let operation, let code) {
            finding.note(
                path, .unreadable,
                "cannot be used, as the system would not \(operation) it: \(String(cString: strerror(code)))")
        } catch {
            finding.note(path, .unreadable, "\(error)")
        }
        return nil
    }

    /// Whether two files of a case show the same part of the body.
    private func compare(_ path: String, _ header: NIfTIHeader, _ first: Image, _ finding: inout Finding) {
        func shape(_ header: NIfTIHeader) -> String { header.extent.map(String.init).joined(separator: "×") }
        guard header.extent == first.header.extent else {
            finding.note(
                path, .sizeMismatch,
                "has \(shape(header)) voxels, \(first.file.path) \(shape(first.header)): they are not "
                    + "of one scan, or one has been resampled")
            return
        }
        let edge = first.header.spacing.min() ?? 1
        let gap: Double
        if header.isPlaced, first.header.isPlaced {
            gap = header.affine.distance(from: first.header.affine, extent: header.extent)
        } else {
            // One of them does not say where it lies, so that only sizes can be compared.
            gap =
                zip(zip(header.spacing, first.header.spacing), header.extent).map { abs($0.0 - $0.1) * Double($1) }
                .max() ?? 0
        }
        // Headers are rounded: a tenth of a voxel is none.
        if gap > 0.1 * edge {
            finding.note(
                path, .affineMismatch,
                "lies up to \(Self.short(gap)) mm from where \(first.file.path) does (sform or qform): register them to "
                    + "each other, or copy the header if only that is wrong")
        }
    }

    private static func short(_ value: Double) -> String { "\((value * 100).rounded() / 100)" }
}
