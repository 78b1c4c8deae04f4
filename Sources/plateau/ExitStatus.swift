/// What scripts can tell a command's end by.
enum ExitStatus {
    /// The thing asked for failed: a run failed, a sweep was cancelled, the server could not start.
    static let failed: Int32 = 1
    /// The server cannot be reached.
    static let unreachable: Int32 = 3
    /// The server refused the request.
    static let refused: Int32 = 4
    /// The server failed.
    static let serverFailed: Int32 = 5
    /// The data cannot be used: the database is damaged, or a newer program wrote it.
    static let unusableData: Int32 = 6
    /// The command line is wrong (`EX_USAGE`); ArgumentParser ends with it as well.
    static let usage: Int32 = 64
}
