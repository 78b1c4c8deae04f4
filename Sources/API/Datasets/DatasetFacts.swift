/// What is shown of a data set, stored with it so that a list need not read manifests.
struct DatasetFacts: Codable, Sendable {
    /// Problems kept by name; the count tells of more.
    static let problemLimit = 1000

    var cases: DatasetBody.Cases
    var groups: Int
    var split: DatasetBody.Split
    /// Missing in what was stored before there were volumes, when there was one class.
    var classes: [DatasetBody.LabelClass]?
    var smallest: [Int]
    var largest: [Int]
    /// Missing in what was stored before there were volumes.
    var median: [Int]?
    var spacing: DatasetBody.Spacing?
    var meanForeground: Double
    var problems: [DatasetBody.FileProblem]
    var problemCount: Int

    init(_ finding: DatasetCatalogue.Finding) {
        let split = finding.split
        cases = .init(
            total: split.train.count + split.validation.count + split.test.count, train: split.train.count,
            validation: split.validation.count, test: split.test.count)
        groups = finding.groups
        self.split = split.fractions
        classes = finding.classes
        smallest = finding.smallest
        largest = finding.largest
        median = finding.median
        spacing = finding.spacing
        meanForeground = finding.meanForeground
        problems = Array(finding.problems.prefix(Self.problemLimit))
        problemCount = finding.problems.count
    }
}
