import ArgumentParser

/// How a client command ends when it cannot do what was asked.
struct CommandFailure: Error {
    var code: Int32
    var message: String

    /// Runs a command's work; a failure goes to standard error and becomes the exit code.
    static func reporting(_ body: () throws -> Void) throws {
        do {
            try body()
        } catch let failure as CommandFailure {
            Screen.complain("plateau: \(failure.message)")
            throw ExitCode(failure.code)
        }
    }
}
