import API

/// A data set as `dataset show` prints it.
struct DatasetText {
    private static let problemLimit = 20

    private let item: DatasetBody

    init(_ item: DatasetBody) { self.item = item }

    var text: String {
        var lines = [
            "\(item.name.onOneLine) (\(item.id.onOneLine))",
            "  \(item.cases.total) \(item.dimensions == 3 ? "volumes" : "images") in \(item.groups) groups: "
                + "\(item.cases.train) train pool, \(item.cases.validation) validation, \(item.cases.test) test",
            "  \(Self.shape(item.smallest)) to \(Self.shape(item.largest)) "
                + "\(item.dimensions == 3 ? "voxels" : "pixels"), \(item.channels) channels, "
                + "foreground \(Words.percent(item.meanForeground))",
        ]
        if let spacing = item.spacing {
            let (least, most) = (Self.shape(spacing.smallest), Self.shape(spacing.largest))
            lines.append("  voxels of \(least == most ? least : "\(least) to \(most)") mm (z×y×x)")
        }
        if item.dimensions == 3 {
            let classes = item.classes.map {
                "\($0.name.onOneLine) (\($0.values.map(String.init).joined(separator: ", ")))"
            }
            lines.append("  classes with their labels: " + classes.joined(separator: ", "))
        }
        lines += ["  \(item.path.onOneLine)", "  data hash \(item.dataHash)"]
        if item.problemCount > 0 { lines.append("  \(item.problemCount) problems, whose files were left out:") }
        lines += item.problems.prefix(Self.problemLimit).map { "    \($0.file.onOneLine): \($0.detail.onOneLine)" }
        if item.problems.count > Self.problemLimit {
            lines.append("    … and \(item.problems.count - Self.problemLimit) more; --json has them")
        }
        return lines.joined(separator: "\n")
    }

    private static func shape(_ sides: [Int]) -> String { sides.map(String.init).joined(separator: "×") }
    private static func shape(_ edges: [Double]) -> String {
        edges.map { String(($0 * 1000).rounded() / 1000) }.joined(separator: "×")
    }
}
