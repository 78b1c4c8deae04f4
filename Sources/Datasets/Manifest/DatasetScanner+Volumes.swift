/// The layouts in 3D: reads every volume, then compares what was found with what is declared, or takes it for that.
extension DatasetScanner {
    func scanVolumes(
        _ listing: VolumeListing, _ layout: DatasetLayout, _ root: String,
        _ progress: (@Sendable (Int, Int) -> Void)?
    ) throws -> DatasetScan {
        let candidates = listing.cases.sorted { $0.id < $1.id }
        let table = GroupTable(root: root, stems: Set(candidates.map(\.id)))
        let inspection = VolumeInspection(root: root, limits: limits)
        let findings = candidates.parallelMap(threads: threads, progress) {
            inspection.inspect($0, group: table.group(of: $0.id))
        }
        var problems = listing.problems + table.problems + findings.flatMap(\.problems)
        let channels = listing.channels ?? Self.mostCommon(findings.filter { $0.item != nil }.map(\.channels)) ?? 1
        guard channels <= DatasetManifest.channelLimit else {
            throw DatasetError.wrongLayout(
                "the volumes in \(root) have \(channels) channels; at most \(DatasetManifest.channelLimit) are taken")
        }
        let classes = try listing.classes ?? Self.classes(of: findings)
        let declared = classes?.values ?? [0]

        var cases: [DatasetCase] = []
        for finding in findings {
            guard var item = finding.item else { continue }
            let undeclared = finding.labels.keys.filter { !declared.contains($0) }.sorted()
            if finding.channels != channels {
                problems.append(
                    .init(
                        file: item.images[0].path, reason: .channelMismatch,
                        detail: "has \(finding.channels) channels, the data set \(channels)"))
            }
            if !undeclared.isEmpty {
                problems.append(
                    .init(
                        file: item.label.path, reason: .badLabels,
                        detail:
                            "holds the labels \(Self.list(undeclared)), which the data set does not declare; it has "
                            + Self.list(declared.sorted())))
            }
            guard finding.channels == channels, undeclared.isEmpty else { continue }
            item.foreground = Double((item.size - (finding.labels[0] ?? 0))) / Double(item.size)
            cases.append(item)
        }
        guard !cases.isEmpty || !problems.isEmpty else {
            throw DatasetError.wrongLayout("\(root) holds no cases")
        }
        guard cases.isEmpty || cases.contains(where: { $0.foreground > 0 }) else {
            throw DatasetError.wrongLayout(
                "no label in \(root) has a foreground: all voxels are 0, so that there is nothing to learn")
        }
        return DatasetScan(
            manifest: DatasetManifest(layout: layout, channels: channels, classes: classes ?? .mask, cases: cases),
            problems: problems.sorted { ($0.file, $0.detail) < ($1.file, $1.detail) })
    }

    /// A class for each label that occurs; nil where none does.
    private static func classes(of findings: [VolumeInspection.Finding]) throws -> LabelClasses? {
        let values = Set(findings.filter { $0.item != nil }.flatMap(\.labels.keys)).subtracting([0]).sorted()
        return values.isEmpty ? nil : try LabelClasses(values.map { LabelClass(name: "label \($0)", values: [$0]) })
    }

    /// The lower one of two that are as common.
    private static func mostCommon(_ numbers: [Int]) -> Int? {
        Dictionary(grouping: numbers) { $0 }.max { ($0.value.count, $1.key) < ($1.value.count, $0.key) }?.key
    }

    private static func list(_ numbers: [UInt8]) -> String {
        numbers.prefix(16).map(String.init).joined(separator: ", ") + (numbers.count > 16 ? ", …" : "")
    }
}
