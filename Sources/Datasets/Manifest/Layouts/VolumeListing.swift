/// What a layout makes of a data set's folder, before any volume is read.
struct VolumeListing {
    /// The files of a case.
    struct Candidate: Sendable {
        var id: String
        /// Relative to the data set's folder: one a channel, in order, or one with all of them.
        var images: [String]
        var label: String
    }

    /// Nil where it is for the volumes to say.
    var channels: Int?
    /// Nil where it is for the labels to say.
    var classes: LabelClasses?
    var cases: [Candidate] = []
    var problems: [DatasetProblem] = []

    mutating func note(_ file: String, _ reason: DatasetProblem.Reason, _ detail: String) {
        problems.append(.init(file: file, reason: reason, detail: detail))
    }

    /// A path's file name without .nii or .nii.gz; nil where it has no such ending.
    static func stem(_ path: String) -> String? {
        let name = path.split(separator: "/").last.map(String.init) ?? ""
        let ending = FolderListing.Kind.volumes.endings.first { name.lowercased().hasSuffix("." + $0) }
        return ending.map { String(name.dropLast($0.count + 1)) }
    }
}
