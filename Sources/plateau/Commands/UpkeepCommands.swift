import ArgumentParser
import Foundation
import Storage

/// Which data directory a command of the operator is about.
struct DataDirectoryOption: ParsableArguments {
    @Option(help: "The server's data directory. Also PLATEAU_DATA_DIR. (default: ./var)")
    var dataDir: String?

    var path: String { dataDir ?? ProcessInfo.processInfo.environment["PLATEAU_DATA_DIR"] ?? "./var" }
    var url: URL { URL(filePath: path, directoryHint: .isDirectory).standardizedFileURL }
}

/// `plateau backup`
struct BackupCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Copy the data directory, also while the server runs.",
        discussion: """
            Runs on the server's machine, as its user or as root. The copy is of one moment: database, checkpoints and \
            weights, each checked by its hash. It holds no token that could be used, only their hashes, and none of the \
            images. Exits with 1 where a file is left out because the disk has lost or damaged it.

            Example:
              plateau backup /mnt/backups/plateau-$(date +%F) --data-dir ./var
            """)

    @Argument(help: "A folder to make; another disk is safer.") var destination: String
    @OptionGroup var directory: DataDirectoryOption
    @Flag(help: "Print JSON.") var json = false

    func run() throws {
        let destination = URL(filePath: destination, directoryHint: .isDirectory).standardizedFileURL
        let manifest = try UpkeepFailure.reporting("backup") {
            try Backup(source: directory.url, destination: destination).make()
        }
        if json {
            try JSONOutput.write(manifest)
        } else {
            Screen.say(
                "\(destination.path): the database, \(manifest.checkpoints) checkpoints and \(manifest.models) models, "
                    + "\(manifest.bytes) bytes")
        }
        guard manifest.leftOut.isEmpty else {
            for file in manifest.leftOut { Screen.complain("plateau backup: left out: \(file)") }
            throw ExitCode(ExitStatus.failed)
        }
    }
}

/// `plateau restore`
struct RestoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Put a backup into a data directory.",
        discussion: """
            No server may run on the directory. The backup is checked first; what is in the directory is set aside in a \
            folder there, not deleted. Where the directory has no admin token that the backup knows, a new one is \
            written. Exits with 1 where the backup itself lacks a file.

            Example:
              plateau restore /mnt/backups/plateau-2026-01-31 --data-dir ./var --replace
            """)

    @Argument(help: "A folder that `plateau backup` made.") var source: String
    @OptionGroup var directory: DataDirectoryOption
    @Flag(help: "Set aside what is in the data directory.") var replace = false
    @Flag(help: "Print JSON.") var json = false

    func run() async throws {
        let source = URL(filePath: source, directoryHint: .isDirectory).standardizedFileURL
        let outcome: Restore.Outcome
        do {
            outcome = try await Restore(source: source, dataDirectory: directory.url.path, replaces: replace).perform()
        } catch {
            throw UpkeepFailure.reported("restore", error)
        }
        if json {
            try JSONOutput.write(outcome)
        } else {
            Screen.say(
                "\(directory.url.path) is as it was on \(outcome.madeAt.formatted(.iso8601)), with "
                    + "\(outcome.checkpoints) checkpoints and \(outcome.models) models")
            if let folder = outcome.setAside { Screen.say("what was there before is in \(folder)") }
            if let file = outcome.newAdminToken { Screen.say("wrote a new admin token to \(file)") }
        }
        guard outcome.lost.isEmpty else {
            for file in outcome.lost { Screen.complain("plateau restore: the backup lacks it: \(file)") }
            throw ExitCode(ExitStatus.failed)
        }
    }
}

/// `plateau doctor`
struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Look a data directory over, also while the server runs.",
        discussion: """
            Checks every page of the database, its references and schema, the bytes of every file that it names, what is \
            left over, permissions and free space. Changes nothing. Exits with 1 where something has to be mended; \
            warnings end with 0.

            Example:
              plateau doctor --data-dir ./var
            """)

    @OptionGroup var directory: DataDirectoryOption
    @Flag(help: "Print JSON.") var json = false

    func run() throws {
        let report = CheckUp(directory: directory.url).perform()
        if json {
            try JSONOutput.write(report)
        } else {
            for finding in report.findings {
                Screen.say("\(finding.status.rawValue): \(finding.check): \(finding.detail)")
                if let advice = finding.advice { Screen.say("  do: \(advice)") }
            }
        }
        if report.status == .problem { throw ExitCode(ExitStatus.failed) }
    }
}

extension UpkeepFailure {
    /// Runs a command's work; what it throws goes to standard error, and the command ends with 1.
    static func reporting<Value>(_ command: String, _ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch {
            throw reported(command, error)
        }
    }

    /// Says what went wrong.
    static func reported(_ command: String, _ error: any Error) -> ExitCode {
        Screen.complain("plateau \(command): \(error)")
        return ExitCode(ExitStatus.failed)
    }
}
