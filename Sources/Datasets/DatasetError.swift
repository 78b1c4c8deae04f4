import Foundation

/// Why a data set as a whole cannot be used. Single bad files are `DatasetProblem`s.
public enum DatasetError: Error, Sendable, CustomStringConvertible {
    /// The path may not be read; the text says which may.
    case pathNotAllowed(String)
    /// The folder does not have the layout.
    case wrongLayout(String)
    /// No split can be made.
    case unusableSplit(String)
    /// No volumes can be made at that size of voxels.
    case unusableSpacing(String)
    /// The files are not those that were registered.
    case changed(String)
    case io(path: String, operation: String, code: Int32)
    case cancelled

    public var description: String {
        switch self {
        case .pathNotAllowed(let detail), .wrongLayout(let detail), .unusableSplit(let detail),
            .unusableSpacing(let detail), .changed(let detail):
            detail
        case .io(let path, let operation, let code):
            code == ENOSPC
                ? "the disk is full: cannot \(operation) \(path). Free some space and try again."
                : "cannot \(operation) \(path): \(String(cString: strerror(code)))"
        case .cancelled: "the work was cancelled"
        }
    }
}
