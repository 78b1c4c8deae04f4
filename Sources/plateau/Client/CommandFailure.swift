import ArgumentParser
import Foundation

/// How a client command ends when it cannot do what was asked.
struct CommandFailure: Error {
    var code: Int32
    var message: String

    /// Runs a command's work; a failure goes to standard error and becomes the exit code.
    static func reporting(_ body: () throws -> Void) throws {
        do {
            try body()
        } catch let failure as CommandFailure {
            FileHandle.standardError.write(Data("plateau: \(failure.message)\n".utf8))
            throw ExitCode(failure.code)
        }
    }
}
