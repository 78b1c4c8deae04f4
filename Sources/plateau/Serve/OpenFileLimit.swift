import Glibc

/// How many files and connections the process may have open.
enum OpenFileLimit {
    /// Files that are no connections: the database, checkpoints on their way, workers' pipes.
    static let reserve = 256

    /// Raises it as far as this user may.
    /// - Returns: what it is now.
    static func raise() -> Int {
        var limit = rlimit()
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard getrlimit(resource, &limit) == 0 else { return 1024 }
        if limit.rlim_cur < limit.rlim_max {
            var raised = limit
            raised.rlim_cur = limit.rlim_max
            if setrlimit(resource, &raised) == 0 { limit = raised }
        }
        return Int(clamping: limit.rlim_cur)
    }

    /// As many connections as there is room for.
    static func connections(_ wanted: Int, files: Int) -> Int { max(16, min(wanted, files - reserve)) }
}
