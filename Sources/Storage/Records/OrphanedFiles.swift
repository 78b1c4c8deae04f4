/// Files that no row refers to any more, for the caller to delete.
public struct OrphanedFiles: Sendable, Hashable {
    /// Names in the folder of checkpoints.
    public var checkpoints: [String]
    /// Names in the folder of models.
    public var models: [String]

    public init(checkpoints: [String] = [], models: [String] = []) {
        self.checkpoints = checkpoints
        self.models = models
    }

    static func += (left: inout OrphanedFiles, right: OrphanedFiles) {
        left.checkpoints += right.checkpoints
        left.models += right.models
    }
}
