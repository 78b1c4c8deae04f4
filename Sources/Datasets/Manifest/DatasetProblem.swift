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
        /// The file ends before its contents do.
        case truncated
        /// Checksums disagree.
        case corrupt
        /// Something follows the file's contents.
        case trailingBytes = "trailing_bytes"
        /// No voxels.
        case empty
        /// Neither two nor three dimensions and channels.
        case wrongDimensions = "wrong_dimensions"
        /// NaN or infinite values.
        case notFinite = "not_finite"
        /// Labels that the data set does not declare, or that are no labels.
        case badLabels = "bad_labels"
        /// More or fewer channels than the data set's.
        case channelMismatch = "channel_mismatch"
        /// Files of one case lie in different places of the scanner.
        case affineMismatch = "affine_mismatch"
        /// The data set's own list leaves the file out, or an entry of the list cannot be read.
        case badListing = "bad_listing"
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
