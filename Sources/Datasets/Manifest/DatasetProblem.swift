/// One file of a data set that cannot be used.
public struct DatasetProblem: Sendable, Codable, Hashable {
    public enum Reason: String, Sendable, Codable, CaseIterable {
        case undecodable
        case sizeMismatch = "size_mismatch"
        case noMask = "no_mask"
        case noImage = "no_image"
        case duplicateStem = "duplicate_stem"
        case unsupportedType = "unsupported_type"
        case tooLarge = "too_large"
        case unreadable
        case outsideRoot = "outside_root"
        case badGroups = "bad_groups"
    }

    /// Relative to the data set's folder.
    public var file: String
    public var reason: Reason
    /// What is wrong, and what would be right.
    public var detail: String

    public init(file: String, reason: Reason, detail: String) {
        self.file = file
        self.reason = reason
        self.detail = detail
    }
}
