import HTTP
import HTTPTypes
import LearningCurves
import Storage

extension Problem {
    /// The one place where errors become answers. What is not known here is a bare 500; the log has the details.
    init(describing error: any Error) {
        switch error {
        case let problem as Problem: self = problem
        case let error as StorageError: self.init(error)
        case let refusal as DatasetCatalogue.Refusal: self.init(refusal)
        default: self.init(.internal, "The server failed; its log has the details under this request's id.")
        }
    }

    private init(_ error: StorageError) {
        switch error {
        case .notFound(let kind, let id): self.init(.notFound, "There is no \(kind) \"\(id.prefix(100))\".")
        case .nameTaken(let name, let hash):
            self.init(
                .conflict,
                "The name \"\(name)\" is taken by the data set with hash \(hash.prefix(12))…; choose another name.",
                errors: [.init(pointer: "/name", detail: "is taken")])
        case .staleAttempt(let run, let attempt, let state):
            self.init(
                .staleAttempt,
                "Attempt \(attempt) of \(run) does not hold the run, which is \(state.rawValue)"
                    + (state == .running ? " under another attempt" : "")
                    + ": it has ended, or its lease has lapsed. Drop it and claim again.")
        case .invalidState(let detail):
            self.init(.invalidState, detail.prefix(1).uppercased() + detail.dropFirst() + ".")
        case .overQuota(let detail): self.init(.overQuota, detail.prefix(1).uppercased() + detail.dropFirst() + ".")
        case .deadlinePassed: self = .invalid("/deadline", "has passed already")
        case .idempotencyMismatch:
            self.init(.idempotencyMismatch, "This Idempotency-Key came with another body before; use a new key.")
        case .invalidCursor:
            self = .invalid("?cursor", "is not one that this list gave out; start without it")
        case .full: self.init(.storageFull, "The server's disk is full; nothing was changed. Tell its operator.")
        case .readOnly, .corrupt, .cannotOpen, .newerSchema:
            self.init(
                .storageUnavailable, "The server cannot write its database; nothing was changed. Tell its operator.",
                headers: [.retryAfter: "30"])
        case .failed: self.init(.internal, "The server failed; its log has the details under this request's id.")
        }
    }

    private init(_ refusal: DatasetCatalogue.Refusal) {
        switch refusal {
        case .pathNotAllowed(let detail):
            self.init(.pathNotAllowed, detail, errors: [.init(pointer: "/path", detail: detail)])
        case .wrongLayout(let detail):
            self.init(.datasetProblems, detail, errors: [.init(pointer: "/path", detail: detail)])
        case .unusableSplit(let detail): self = .invalid("/split", detail)
        case .badFiles(let problems):
            let listed = problems.prefix(1000).map {
                FieldError(pointer: "/path", detail: $0.detail, file: $0.file, reason: $0.reason)
            }
            let first = problems.first.map { "\($0.file): \($0.detail)" } ?? ""
            self.init(
                .datasetProblems,
                "\(problems.count) file\(problems.count == 1 ? "" : "s") cannot be used; the first is \(first). "
                    + "Mend them, or send \"exclude_bad\": true to register the data set without them.",
                errors: listed)
        }
    }
}
