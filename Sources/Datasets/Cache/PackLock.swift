import Foundation

/// The right to make a packed file: one process has it, the others wait.
enum PackLock {
    /// Runs `body` while holding the lock beside `path`, which ends with this process at the latest.
    ///
    /// - Parameter shouldStop: asked while another process holds the lock; ends with `DatasetError.cancelled`.
    static func holding(_ path: String, shouldStop: () -> Bool, _ body: () throws -> Void) throws {
        let lock = open(path + ".lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard lock >= 0 else { throw DatasetError.io(path: path + ".lock", operation: "open", code: errno) }
        defer { close(lock) }
        // Not one blocking call: that could not be cancelled.
        while flock(lock, LOCK_EX | LOCK_NB) != 0 {
            guard errno == EWOULDBLOCK || errno == EINTR else {
                throw DatasetError.io(path: path, operation: "lock", code: errno)
            }
            if shouldStop() { throw DatasetError.cancelled }
            usleep(50_000)
        }
        try body()
    }
}
