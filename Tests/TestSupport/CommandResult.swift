import Foundation

/// The result of a command that has ended.
public struct CommandResult: Sendable {
    public var status: Int32
    public var output: String
    public var errors: String

    /// Runs a program of the system to its end. Blocking.
    /// - Parameter input: given on standard input, which then ends.
    public static func of(
        _ program: String, _ arguments: [String], input: String = "", environment: [String: String] = [:]
    ) throws -> CommandResult {
        try of(
            URL(filePath: "/usr/bin/env"), [program] + arguments, input: input,
            environment: environment.merging(["PATH": "/usr/local/bin:/usr/bin:/usr/sbin:/bin"]) { given, _ in given })
    }

    static func of(
        _ executable: URL, _ arguments: [String], input: String = "", environment: [String: String]
    ) throws -> CommandResult {
        let process = Process()
        let (give, output, errors) = (Pipe(), Pipe(), Pipe())
        process.executableURL = executable
        process.arguments = arguments
        process.environment = environment
        process.standardInput = give
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        // All are short enough not to fill a pipe while another is waited for.
        give.fileHandleForWriting.write(Data(input.utf8))
        try give.fileHandleForWriting.close()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        let complaint = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return CommandResult(status: process.terminationStatus, output: text, errors: complaint)
    }
}
