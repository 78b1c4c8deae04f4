import GRDB

/// What can go wrong in the store. Expected outcomes of the queue's rules are cases of their own; failures of the disk
/// or of SQLite carry the operation for the log.
public enum StorageError: Error, Sendable, Equatable {
    case notFound(kind: String, id: String)
    /// The name belongs to another data set, of this hash.
    case nameTaken(name: String, dataHash: String)
    /// The attempt does not hold the run, which is in this state now: nothing was changed.
    case staleAttempt(run: String, attempt: Int, state: RunState)
    /// What was asked does not fit the state: nothing was changed.
    case invalidState(String)
    /// More than the submitter's token may ask for: nothing was changed.
    case overQuota(String)
    /// The sweep would have ended before it began.
    case deadlinePassed
    /// The idempotency key belongs to another request.
    case idempotencyMismatch
    case invalidCursor
    /// The database was written by a newer program.
    case newerSchema(path: String, unknown: [String])
    case full(operation: String)
    case readOnly(operation: String)
    case corrupt(operation: String, detail: String)
    case cannotOpen(path: String, detail: String)
    case failed(operation: String, detail: String)

    /// Refuses what only something that is still under way takes.
    static func ended(_ kind: String, _ id: String, _ state: String, toBe: String) -> StorageError {
        .invalidState("the \(kind) \(id) is \(state): only one that has not ended can be \(toBe)")
    }

    /// Tells failures apart by SQLite's result codes alone.
    init(_ error: DatabaseError, operation: String) {
        switch error.resultCode {
        case .SQLITE_FULL: self = .full(operation: operation)
        case .SQLITE_READONLY: self = .readOnly(operation: operation)
        case .SQLITE_CORRUPT, .SQLITE_NOTADB: self = .corrupt(operation: operation, detail: "\(error)")
        case .SQLITE_CANTOPEN: self = .cannotOpen(path: "", detail: "\(error)")
        default: self = .failed(operation: operation, detail: "\(error)")
        }
    }
}

extension StorageError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .notFound(let kind, let id): "there is no \(kind) \(id)"
        case .nameTaken(let name, _): "the name \(name) is taken"
        case .staleAttempt(let run, let attempt, let state):
            "attempt \(attempt) of \(run) has ended: the run is \(state.rawValue)"
        case .invalidState(let detail): detail
        case .overQuota(let detail): detail
        case .deadlinePassed: "the deadline has passed already"
        case .idempotencyMismatch: "the idempotency key was used for another request"
        case .invalidCursor: "the cursor is not one that this list gave out"
        case .newerSchema(let path, let unknown):
            "\(path) was written by a newer plateau (it has \(unknown.joined(separator: ", "))). Run that version or later."
        case .full(let operation): "the disk is full (\(operation)). Free some space; nothing acknowledged was lost."
        case .readOnly(let operation):
            "the database is read-only (\(operation)). Check the data directory's permissions."
        case .corrupt(let operation, let detail):
            "the database is damaged (\(operation)): \(detail). Stop the server and restore the last backup: "
                + "plateau restore BACKUP --data-dir DIR --replace (what is there is set aside). "
                + "plateau doctor --data-dir DIR says what is damaged."
        case .cannotOpen(let path, let detail):
            "cannot open the database \(path): \(detail). Check that the data directory exists and can be written."
        case .failed(let operation, let detail): "\(operation) failed: \(detail)"
        }
    }
}
