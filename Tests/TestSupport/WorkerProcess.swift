public import Foundation
import Locks

/// The built program as a worker of a server that has none of its own. Its log is an event stream.
public final class WorkerProcess: Sendable {
    private let process: Guarded<Process?>
    private let lines: LineStream

    /// Starts it.
    /// - Parameter logLevel: at `trace` it says each step.
    public init(server: String, token: String, cache: URL, options: [String] = [], logLevel: String = "info") throws {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = ServerProcess.binary
        process.arguments = ["work", "--server", server, "--cache-dir", cache.path] + options
        process.environment = ["PLATEAU_TOKEN": token, "PLATEAU_LOG_LEVEL": logLevel, "PATH": "/usr/bin:/bin"]
        process.standardError = pipe
        lines = LineStream(pipe.fileHandleForReading)
        try process.run()
        self.process = Guarded(process)
    }

    /// Waits for a line of its log that is not read yet.
    public func line(_ matches: @escaping @Sendable (String) -> Bool) async throws -> String {
        try await lines.next(matches)
    }

    /// Sends a signal and waits for the end of the process.
    public func end(_ signal: Int32) {
        let process = process.withLock { process in
            defer { process = nil }
            return process
        }
        guard let process else { return }
        kill(process.processIdentifier, signal)
        process.waitUntilExit()
    }

    deinit { end(SIGKILL) }
}
