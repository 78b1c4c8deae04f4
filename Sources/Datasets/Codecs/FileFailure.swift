/// Why a single file cannot be used.
struct FileFailure: Error {
    var reason: DatasetProblem.Reason
    var detail: String
}
