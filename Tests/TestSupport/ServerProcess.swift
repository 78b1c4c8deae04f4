public import Foundation
import Locks

/// The built program as a server, on a data directory of its own. Its log is an event stream: tests wait for lines.
public final class ServerProcess: Sendable {
    /// The program under test: `PLATEAU_BINARY`, else the one built beside the tests.
    public static var binary: URL {
        if let path = ProcessInfo.processInfo.environment["PLATEAU_BINARY"] { return URL(filePath: path) }
        return URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
            .appending(path: "plateau")
    }

    public let directory: URL
    private let process: Guarded<Process?>
    private let lines: LineStream

    /// Starts it and waits until it listens.
    /// - Parameter listen: by default a free port.
    public init(directory: URL, listen: [String] = ["127.0.0.1:0"], options: [String]) async throws {
        self.directory = directory
        let process = Process()
        let pipe = Pipe()
        process.executableURL = Self.binary
        process.arguments = ["serve", "--data-dir", directory.path] + listen.flatMap { ["--listen", $0] } + options
        process.standardError = pipe
        // Its workers end with it, as their lifeline tells them.
        let lines = LineStream(pipe.fileHandleForReading)
        self.lines = lines
        try process.run()
        self.process = Guarded(process)
        _ = try await lines.next { $0.contains("listening on") }
    }

    public var pid: Int32 { process.withLock { $0?.processIdentifier ?? 0 } }

    /// Waits for a line of the log, of the server or of its workers, that is not read yet.
    public func line(_ matches: @escaping @Sendable (String) -> Bool) async throws -> String {
        try await lines.next(matches)
    }

    /// What the server answers requests under.
    public var url: String {
        get throws {
            try String(contentsOf: directory.appending(path: "server-url"), encoding: .utf8)
                .trimmingCharacters(in: .whitespacesAndNewlines)
        }
    }

    public var adminToken: String {
        get throws {
            try String(contentsOf: directory.appending(path: "admin-token"), encoding: .utf8)
                .trimmingCharacters(in: .whitespacesAndNewlines)
        }
    }

    /// Sends a signal and waits for the end of the process.
    /// - Returns: its exit code, or the signal's number.
    @discardableResult public func end(_ signal: Int32) -> Int32 {
        let process = process.withLock { process in
            defer { process = nil }
            return process
        }
        guard let process else { return 0 }
        kill(process.processIdentifier, signal)
        process.waitUntilExit()
        return process.terminationStatus
    }

    deinit { end(SIGKILL) }
}

extension ServerProcess {
    /// Runs the program as a client of this server, to its end.
    public func command(_ arguments: String...) throws -> CommandResult { try command(arguments) }

    /// Follows a sweep to its end, on a thread of its own: it takes long, and other tests run meanwhile.
    public func watch(_ sweep: String) async throws -> CommandResult {
        try await withCheckedThrowingContinuation { continuation in
            Thread { [self] in continuation.resume(with: Result { try command("watch", sweep) }) }.start()
        }
    }

    /// The same.
    public func command(_ arguments: [String]) throws -> CommandResult {
        try CommandResult.of(
            Self.binary, arguments, environment: ["PLATEAU_DATA_DIR": directory.path, "PATH": "/usr/bin:/bin"])
    }
}
